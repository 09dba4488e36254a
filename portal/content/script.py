"""The two scripts of Chinese: what is stored in one is shown in the reader's.

The Guangdong text is printed in Traditional characters with Simplified ones between them (征 beside 徵,
于 beside 於), so a text is never trusted to be wholly in the script it is declared in.
"""

from functools import cache
from typing import Literal

import opencc

Script = Literal["Hans", "Hant"]

# Letters the converter leaves standing in Simplified text although they are only variants.
_TO_SIMPLIFIED = str.maketrans({"帐": "账", "甯": "宁", "衹": "只", "麽": "么", "喫": "吃", "妳": "你"})
# The Hong Kong standard agrees with the printed Guangdong text but for these two letters.
_TO_TRADITIONAL = str.maketrans({"户": "戶", "衞": "衛"})


def to_simplified(text: str) -> str:
    """Write a text, also one of mixed script, in Simplified characters."""
    return str(_converter("t2s").convert(text)).translate(_TO_SIMPLIFIED)


def to_traditional(text: str) -> str:
    """Write a text in Traditional characters, in the forms that the Guangdong text uses."""
    return str(_converter("s2hk").convert(text)).translate(_TO_TRADITIONAL)


def in_script(text: str, script: Script) -> str:
    """Write a text in the reader's script."""
    return to_simplified(text) if script == "Hans" else to_traditional(text)


@cache
def _converter(configuration: str) -> opencc.OpenCC:
    return opencc.OpenCC(configuration)
