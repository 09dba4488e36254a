from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.money import (
    GREATEST,
    AmountIsNothing,
    AmountNotANumber,
    AmountOutOfRange,
    AmountTooPrecise,
    NothingToShareBy,
    from_fen,
    parse_moved,
    parse_yuan,
    round_yuan,
    share,
    to_fen,
)

amounts = st.integers(min_value=0, max_value=10**12).map(from_fen)
weights = st.one_of(
    st.integers(min_value=0, max_value=10**9),
    st.decimals(min_value=0, max_value=10**6, places=4),
)


@pytest.mark.parametrize(
    ("text", "yuan"),
    [
        ("1000", "1000.00"),
        ("1,000.5", "1000.50"),
        ("￥9,000.00", "9000.00"),
        ("１２３４．５６元", "1234.56"),
        (" 0 ", "0.00"),
        ("0.100", "0.10"),
        ("9999999999.99", "9999999999.99"),
    ],
)
def test_an_amount_is_read_as_people_write_it(text, yuan):
    assert str(parse_yuan(text)) == yuan


@pytest.mark.parametrize(
    "text", ["", "一千", "1.8万", "1e3", "NaN", "Infinity", "1,00", "1.", ".5", "1 000", "٣", "0x10"]
)
def test_what_is_no_plain_amount_is_refused(text):
    with pytest.raises(AmountNotANumber):
        parse_yuan(text)


def test_an_amount_finer_than_a_fen_is_refused():
    with pytest.raises(AmountTooPrecise):
        parse_yuan("0.001")


@pytest.mark.parametrize("text", ["-1", "-0.01", "10000000000", "99999999999999999999999999999999"])
def test_an_amount_below_zero_or_above_any_fund_is_refused(text):
    with pytest.raises(AmountOutOfRange):
        parse_yuan(text)


def test_an_amount_that_moves_is_a_fen_or_more():
    assert parse_moved("0.01") == Decimal("0.01")
    for text in ("0", "0.00", "０"):
        with pytest.raises(AmountIsNothing):
            parse_moved(text)


@given(st.integers(min_value=-(10**15), max_value=10**15))
def test_yuan_and_fen_say_the_same(fen):
    assert to_fen(from_fen(fen)) == fen


def test_half_a_fen_cannot_reach_the_disk():
    with pytest.raises(ValueError, match=r"0\.005"):
        to_fen(Decimal("0.005"))


@pytest.mark.parametrize(("exact", "rounded"), [("43.165", "43.17"), ("43.164", "43.16"), ("0.005", "0.01")])
def test_an_amount_alone_is_rounded_half_up(exact, rounded):
    assert round_yuan(Decimal(exact)) == Decimal(rounded)


@given(amounts, st.lists(weights, min_size=1, max_size=30).filter(any))
def test_parts_sum_to_the_whole_and_stay_within_a_fen_of_the_exact_share(total, shares):
    parts = share(total, shares, [f"{at:03}" for at in range(len(shares))])

    assert sum(parts) == total
    whole = sum(Decimal(weight) for weight in shares)
    for part, weight in zip(parts, shares, strict=True):
        assert abs(part - total * Decimal(weight) / whole) < Decimal("0.0100001")


@given(st.permutations(["003", "001", "002"]))
def test_the_fen_left_over_goes_to_the_smallest_insurance_number(keys):
    parts = dict(zip(keys, share(Decimal("784.21"), [1, 1, 1], keys), strict=True))

    assert parts == {"001": Decimal("261.41"), "002": Decimal("261.40"), "003": Decimal("261.40")}


def test_a_total_nobody_has_a_share_in_is_refused():
    with pytest.raises(NothingToShareBy):
        share(Decimal("1.00"), [0, 0], ["1", "2"])


@pytest.mark.parametrize(
    ("total", "shares", "keys"),
    [
        ("-0.01", [1], ["1"]),
        ("1.00", [1, -1], ["1", "2"]),
        ("1.00", [1, 2], ["1"]),
        ("1.00", [Decimal("NaN")], ["1"]),
    ],
)
def test_sharing_with_senseless_numbers_is_a_fault(total, shares, keys):
    with pytest.raises(ValueError, match=r"needed|finite"):
        share(Decimal(total), shares, keys)


def test_the_greatest_amount_fits_a_64_bit_count_of_fen():
    assert to_fen(GREATEST) < 2**63
