"""Headings for groups of knowledge entries; a group's folder is named ``<region>-<errand>``."""

from collections.abc import Mapping

from flask_babel import gettext, lazy_gettext

_TITLES: Mapping[str, str] = {
    "account": lazy_gettext("账户里的钱"),
    "amount": lazy_gettext("补多少，补几年"),
    "archive": lazy_gettext("档案"),
    "basics": lazy_gettext("这是什么政策"),
    "benefit": lazy_gettext("养老金怎么发"),
    "check": lazy_gettext("领取资格"),
    "deposit": lazy_gettext("钱先存进去"),
    "document": lazy_gettext("文件本身"),
    "enrol": lazy_gettext("怎么参保"),
    "forms": lazy_gettext("填什么表"),
    "fund": lazy_gettext("钱怎么管"),
    "interest": lazy_gettext("利息"),
    "legacy": lazy_gettext("参加过老办法的"),
    "misuse": lazy_gettext("有人乱来怎么办"),
    "money": lazy_gettext("钱从哪里来，谁来管"),
    "offices": lazy_gettext("找哪个部门"),
    "oneoff": lazy_gettext("一次领出来"),
    "oversight": lazy_gettext("谁来监督"),
    "pay": lazy_gettext("缴费和付钱"),
    "plan": lazy_gettext("村里的方案"),
    "procedure": lazy_gettext("手续怎么走"),
    "quota": lazy_gettext("指标（名额）"),
    "refund": lazy_gettext("多存、错存的钱"),
    "review": lazy_gettext("谁来审"),
    "rules": lazy_gettext("要守的规矩"),
    "scheme": lazy_gettext("这是什么保险"),
    "service": lazy_gettext("服务要怎么做"),
    "time": lazy_gettext("要等多久"),
    "who": lazy_gettext("谁可以享受"),
}


def topic_title(group: str) -> str:
    """The heading of a group; one that nobody has named yet stands under 别的问题."""
    return str(_TITLES.get(group.partition("-")[2], gettext("别的问题")))
