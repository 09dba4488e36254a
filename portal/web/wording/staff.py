"""Sentences about accounts at the desk, and the names of roles."""

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext

from portal.domain.staff import Role
from portal.web.wording.punctuation import listed

REFUSALS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "sign_in_refused": lambda _: gettext("登录名、密码或动态码不对。动态码每30秒换一次，用过的不能再用。"),
    "first_password_stands": lambda _: gettext("这是别人给您的密码。请换成您自己的，再登录。"),
    "first_password_lapsed": lambda _: gettext("这是别人给您的密码，过了三天，不能用了。请管理员重设一次。"),
    "account_unconfirmed": lambda _: gettext(
        "您的账号要等另一位管理员确认，或请系统运维人员确认。确认了就能登录。"
    ),
    "password_too_weak": lambda facts: gettext("密码太短，至少要%(least)s个字。", least=facts["least"]),
    "login_unsound": lambda _: gettext(
        "登录名请用2到60个小写字母、数字、点、横线或下划线，用字母或数字开头。"
    ),
    "staff_name_unsound": lambda facts: gettext("请填姓名，最多%(most)s个字。", most=facts["most"]),
    "job_number_unsound": lambda facts: gettext(
        "请填工号，最多%(most)s个字，中间不空格。", most=facts["most"]
    ),
    "region_not_served": lambda facts: gettext(
        "这里不办这个地方的业务，只办：%(regions)s。", regions=listed(facts["regions"])
    ),
    "unknown_town": lambda facts: gettext(
        "这个区县没有这个乡镇。有的是：%(towns)s。", towns=listed(facts["towns"])
    ),
    "role_of_whole_county": lambda _: gettext("管理员和稽核管全区，不能只管一个乡镇。"),
    "known_otherwise": lambda _: gettext(
        "这个身份证号码的人已经有账号，登记的姓名或工号和您填的不一样，请再核对。"
    ),
    "login_taken": lambda _: gettext("这个登录名已经有人用了，请换一个。"),
    "job_number_taken": lambda _: gettext("这个工号是另一个人的，请再核对。"),
    "own_account": lambda _: gettext("自己的账号不能自己开、停用、重设或复核，请另一位管理员来办。"),
    "account_disabled": lambda _: gettext("这个账号已经停用，不能再开。要用，请另外增加一个。"),
}

ACTS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "staff_signed_in": lambda _: gettext("登录经办台"),
    "staff_added": lambda facts: gettext("增加账号，角色：%(roles)s", roles=_roles(facts)),
    "staff_disabled": lambda _: gettext("停用账号"),
    "sign_in_reset": lambda _: gettext("重设密码和动态码"),
    "password_changed": lambda _: gettext("改密码"),
    "rights_reviewed": lambda facts: gettext("复核权限，角色：%(roles)s", roles=_roles(facts)),
}


def role_name(role: Role) -> str:
    """A role as the office calls it."""
    return {
        Role.CLERK: gettext("受理"),
        Role.FIRST_REVIEWER: gettext("初审"),
        Role.SECOND_REVIEWER: gettext("复审"),
        Role.APPROVER: gettext("审批"),
        Role.CASHIER: gettext("付款"),
        Role.AUDITOR: gettext("稽核"),
        Role.CURATOR: gettext("问答维护"),
        Role.ADMINISTRATOR: gettext("管理员"),
    }[role]


def _roles(facts: Mapping[str, Any]) -> str:
    return listed(role_name(Role(role)) for role in facts["roles"])
