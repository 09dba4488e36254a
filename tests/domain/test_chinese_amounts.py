"""Sums in capital characters."""

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.chinese_amounts import spell_yuan
from portal.domain.money import GREATEST, from_fen

_VALUES = dict(zip("零壹贰叁肆伍陆柒捌玖", range(10), strict=True))
_PLACES = {"拾": 10, "佰": 100, "仟": 1000}

amounts = st.integers(0, 999_999_999_999).map(from_fen)


def read_back(spelt: str) -> Decimal:
    """Add up what the characters say, knowing nothing of where a 零 belongs."""
    yuan, _, rest = spelt.removeprefix("人民币").removesuffix("整").rpartition("元")
    total = Decimal(_read_whole(yuan))
    for digit, unit in re.findall("([壹贰叁肆伍陆柒捌玖])([角分])", rest):
        total += Decimal(_VALUES[digit]) * (Decimal("0.1") if unit == "角" else Decimal("0.01"))
    return total.quantize(Decimal("0.01"))


def _read_whole(spelt: str) -> int:
    total = group = digit = 0
    for sign in spelt:
        if sign in _VALUES:
            digit = _VALUES[sign]
        elif sign in _PLACES:
            group += digit * _PLACES[sign]
            digit = 0
        else:
            total += (group + digit) * {"万": 10_000, "亿": 100_000_000}[sign]
            group = digit = 0
    return total + group + digit


@pytest.mark.parametrize(
    ("amount", "spelt"),
    [
        ("0.00", "人民币零元整"),
        ("0.07", "人民币柒分"),
        ("0.70", "人民币柒角整"),
        ("5000.00", "人民币伍仟元整"),
        ("7071.36", "人民币柒仟零柒拾壹元叁角陆分"),
        ("10.00", "人民币壹拾元整"),
        ("105.03", "人民币壹佰零伍元零叁分"),
        ("100000.00", "人民币壹拾万元整"),
        ("100001.00", "人民币壹拾万零壹元整"),
        ("100100.00", "人民币壹拾万零壹佰元整"),
        ("110000.50", "人民币壹拾壹万元伍角整"),
        ("100000001.00", "人民币壹亿零壹元整"),
        ("1000010000.00", "人民币壹拾亿零壹万元整"),
        ("9999999999.99", "人民币玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
    ],
)
def test_amounts_are_spelt_as_banks_spell_them(amount: str, spelt: str):
    assert spell_yuan(Decimal(amount)) == spelt


@given(amounts)
def test_every_amount_can_be_read_back(amount: Decimal):
    assert read_back(spell_yuan(amount)) == amount


@given(amounts)
def test_no_two_zeros_stand_together_and_none_before_a_unit(amount: Decimal):
    spelt = spell_yuan(amount)

    assert "零零" not in spelt
    assert spelt == "人民币零元整" or not re.search("零[拾佰仟万亿元角分整]", spelt)


@pytest.mark.parametrize("amount", [Decimal("-0.01"), GREATEST + Decimal("0.01")])
def test_what_cannot_be_a_balance_is_not_spelt(amount: Decimal):
    with pytest.raises(ValueError, match="only an amount"):
        spell_yuan(amount)
