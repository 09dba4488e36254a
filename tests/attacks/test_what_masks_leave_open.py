"""What a mask shows, together with what neighbours know, leaves a hundred thousand numbers open."""

import calendar
from collections.abc import Callable, Iterator
from datetime import date
from itertools import islice

import pytest

from portal.domain.citizen_id import CitizenId, demo_citizen_number
from portal.domain.masks import mask_account, mask_phone
from tests.chaos.scale import Scale

pytestmark = pytest.mark.chaos

LEAST = 100_000
AREA = "990101"
"""Whoever knows the village knows the six digits with which everybody's number there begins."""

Mask = Callable[[str], str]


def numbers_of(area: str, year: int, *, is_man: bool) -> Iterator[str]:
    """Every sound number of a village, a birth year and a sex."""
    for month in range(1, 13):
        for day in range(1, calendar.monthrange(year, month)[1] + 1):
            for serial in range(int(is_man), 1000, 2):
                yield demo_citizen_number(area, date(year, month, day), serial).digits


def phones_of(company: str) -> Iterator[str]:
    """Every number of a telephone company that shares its first three digits and the last two shown."""
    return (f"{company}{number:06}78" for number in range(10**6))


def cards_of(bank: str, tail: str, digits: int) -> Iterator[str]:
    """Cards of a bank with these last digits; of what is hidden, one digit follows from the others."""
    free = digits - len(bank) - len(tail) - 1
    for number in range(10**free):
        begun = f"{bank}{number:0{free}}"
        yield f"{begun}{-luhn_sum(begun + '0' + tail) % 10}{tail}"


def luhn_sum(number: str) -> int:
    """The sum that is a multiple of ten for a sound card; every second digit from the end is doubled."""
    doubled = [int(digit) * 2 for digit in number[-2::-2]]
    return sum(map(int, number[::-2])) + sum(each - 9 * (each > 9) for each in doubled)


def count_open(mask: Mask, number: str, candidates: Iterator[str]) -> int:
    """How many of the candidates look the same behind the mask, as far as it matters."""
    shown = mask(number)
    return sum(1 for _ in islice((each for each in candidates if mask(each) == shown), LEAST))


def mask_number(digits: str) -> str:
    return CitizenId.parse(digits).masked


@pytest.mark.parametrize("is_man", [True, False])
def test_a_citizen_number_stays_open(is_man: bool, scale: Scale):
    for year in scale.pick((1962,), tuple(range(1930, 2009, 6))):
        number = demo_citizen_number(AREA, date(year, 5, 17), 100 + is_man).digits

        assert count_open(mask_number, number, numbers_of(AREA, year, is_man=is_man)) >= LEAST


def test_a_phone_stays_open():
    assert count_open(mask_phone, "13900000078", phones_of("139")) >= LEAST


@pytest.mark.parametrize("digits", [16, 19])
def test_a_card_stays_open(digits: int):
    card = next(cards_of("622848", "6210", digits))

    assert luhn_sum(card) % 10 == 0
    assert count_open(mask_account, card, cards_of("622848", "6210", digits)) >= LEAST


def test_the_masks_that_are_common_elsewhere_are_found_out():
    number = demo_citizen_number(AREA, date(1962, 5, 17), 101).digits

    def usual(digits: str) -> str:
        return digits[:6] + "********" + digits[-4:]

    def usual_phone(digits: str) -> str:
        return digits[:3] + "****" + digits[-4:]

    assert count_open(usual, number, numbers_of(AREA, 1962, is_man=True)) < LEAST
    assert count_open(usual_phone, "13900000078", phones_of("139")) < LEAST
