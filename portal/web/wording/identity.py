"""Sentences about names and citizen numbers."""

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext

REFUSALS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "citizen_id_length_wrong": lambda facts: gettext(
        "身份证号有18位，现在是%(length)s位。请照着身份证再看一遍。", length=facts["length"]
    ),
    "citizen_id_character_wrong": lambda facts: gettext(
        "身份证号第%(position)s位不是数字。请照着身份证再看一遍。", position=facts["position"]
    ),
    "citizen_id_birth_date_wrong": lambda _: gettext("身份证号中间的出生日期不对。请照着身份证再看一遍。"),
    "citizen_id_check_digit_wrong": lambda _: gettext("身份证号有一位不对。请照着身份证再看一遍。"),
}
