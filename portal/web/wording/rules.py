"""Sentences for what the rules themselves cannot decide."""

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext

REFUSALS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "no_rule_in_force": lambda _: gettext("这一天还没有规定，或者规定已经过期。请打电话问窗口。"),
    "undecided_yet": lambda _: gettext("还差一个问题没有回答。请从头再答一遍。"),
    "no_row_applies": lambda _: gettext("您这种情况，文件里没有写。请打电话问窗口。"),
    "nothing_to_share_by": lambda _: gettext("没有可以分的份额，分不下去。请核对名单和金额。"),
    "only_in_the_demo": lambda _: gettext("只有演示时才能这样做。"),
    "already_peopled": lambda _: gettext("这里已经有人了，不能再造一个演示县。"),
}
