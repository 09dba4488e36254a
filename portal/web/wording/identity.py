"""Sentences about names and citizen numbers."""

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext, ngettext

REFUSALS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "citizen_id_length_wrong": lambda facts: gettext(
        "身份证号有18位，现在是%(length)s位。请照着身份证再看一遍。", length=facts["length"]
    ),
    "citizen_id_character_wrong": lambda facts: gettext(
        "身份证号第%(position)s位不是数字。请照着身份证再看一遍。", position=facts["position"]
    ),
    "citizen_id_birth_date_wrong": lambda _: gettext("身份证号中间的出生日期不对。请照着身份证再看一遍。"),
    "too_many_tries": lambda _: gettext(
        "试的次数太多了，过一小时再试。等不及，可以带身份证到窗口，当场拿一张登录纸条。"
    ),
    "code_not_right": lambda facts: (
        ngettext("数字不对，还能再试%(num)s次。", "数字不对，还能再试%(num)s次。", facts["tries_left"])
        if facts["tries_left"]
        else gettext("数字不对。这条短信不能再用了，请点“再发一次”或从头来。")
    ),
    "code_over": lambda _: gettext("这条短信过期了，或者已经用过。请重新核对一次身份。"),
    "citizen_id_check_digit_wrong": lambda _: gettext("身份证号有一位不对。请照着身份证再看一遍。"),
}

TEXTS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "identity_code": lambda facts: gettext(
        "您的验证数字是%(code)s，10分钟内有效。谁来要都别给，工作人员也不会问您要。",
        code=facts["secret"],
    ),
}

ACTS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "identity_proven": lambda facts: (
        gettext("%(how)s（有人帮办）", how=_how(facts)) if facts["assisted"] else _how(facts)
    ),
    "claimant_admitted": lambda _: gettext("继承人凭纸条进入这一笔申请"),
    "signed_out": lambda _: gettext("退出"),
    "paper_code_issued": lambda _: gettext("看过身份证，开出登录纸条"),
}


def _how(facts: Mapping[str, Any]) -> str:
    return gettext("凭短信验证码进入") if facts["by"] == "texted" else gettext("凭登录纸条进入")
