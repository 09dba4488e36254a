"""Money: exact yuan in Python, whole fen on disk, and parts that always add up to their total."""

import re
import unicodedata
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import ClassVar, TypeAlias

from portal.domain.errors import Refusal

Yuan: TypeAlias = Decimal
"""An amount in yuan with exactly two decimal places."""

ZERO: Yuan = Decimal("0.00")
FEN: Yuan = Decimal("0.01")
GREATEST: Yuan = Decimal("9999999999.99")
"""Ten thousand million yuan: more than any county's fund, and far inside a 64-bit count of fen."""

_AMOUNT = re.compile(r"(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.(?P<fraction>\d+))?")


class AmountNotANumber(Refusal):
    """The text is no plain amount such as ``1000``, ``1,000.50`` or ``￥1000元``."""

    code: ClassVar[str] = "amount_not_a_number"


class AmountTooPrecise(Refusal):
    """The amount has more than two decimal places."""

    code: ClassVar[str] = "amount_too_precise"


class AmountOutOfRange(Refusal):
    """The amount is below zero or above ``GREATEST``."""

    code: ClassVar[str] = "amount_out_of_range"


class AmountIsNothing(Refusal):
    """The amount is zero where money has to move."""

    code: ClassVar[str] = "amount_is_nothing"


class NothingToShareBy(Refusal):
    """A total cannot be shared when nobody has a share in it."""

    code: ClassVar[str] = "nothing_to_share_by"


def parse_yuan(text: str) -> Yuan:
    """Read an amount of zero or more yuan, as people and spreadsheets write it, or refuse.

    Full-width digits, thousands commas, a leading ￥ and a trailing 元 are understood; an exponent,
    a percentage or a unit such as 万 is not, because guessing about money is worse than asking again.
    """
    plain = unicodedata.normalize("NFKC", text).strip().removeprefix("¥").removesuffix("元").strip()
    if plain.startswith("-"):
        raise AmountOutOfRange(greatest=GREATEST)
    matched = _AMOUNT.fullmatch(plain)
    if matched is None or not plain.isascii():
        raise AmountNotANumber()
    if len((matched["fraction"] or "").rstrip("0")) > 2:
        raise AmountTooPrecise()
    amount = Decimal(plain.replace(",", ""))
    if amount > GREATEST:
        raise AmountOutOfRange(greatest=GREATEST)
    return amount.quantize(FEN)


def parse_moved(text: str) -> Yuan:
    """Read an amount that moves: as ``parse_yuan`` does, and at least a fen."""
    amount = parse_yuan(text)
    if not amount:
        raise AmountIsNothing()
    return amount


def to_fen(yuan: Yuan) -> int:
    """Count an exact amount in fen; an amount finer than a fen is a fault in the program."""
    fen = yuan * 100
    if fen != fen.to_integral_value():
        raise ValueError(f"{yuan} is not a whole number of fen")
    return int(fen)


def from_fen(fen: int) -> Yuan:
    """Write a count of fen as yuan with two decimal places."""
    return Decimal(fen).scaleb(-2).quantize(FEN)


def round_yuan(exact: Decimal | Fraction) -> Yuan:
    """Round one amount that stands alone half up to the fen; shares of a total go through ``share``."""
    fraction = Fraction(exact)
    return (Decimal(fraction.numerator) / Decimal(fraction.denominator)).quantize(FEN, ROUND_HALF_UP)


def share(total: Yuan, weights: Sequence[int | Decimal], keys: Sequence[str]) -> list[Yuan]:
    """Split a total in proportion to weights by largest remainder, so that the parts sum to the total.

    Each part is cut to the fen; the fen left over go to the largest cut-off fractions, and between equal
    fractions to the smaller key (the insurance number). Parts come in the order of the weights.
    Refuses with ``NothingToShareBy`` when all weights are zero.
    """
    fen = to_fen(total)
    scaled = _whole_weights(weights)
    if fen < 0 or len(keys) != len(scaled) or min(scaled, default=0) < 0:
        raise ValueError("a total and weights of zero or more are needed, and one key for each weight")
    whole = sum(scaled)
    if whole == 0:
        raise NothingToShareBy()
    parts: list[int] = []
    cut_off: list[int] = []
    for weight in scaled:
        part, rest = divmod(fen * weight, whole)
        parts.append(part)
        cut_off.append(rest)
    left_over = fen - sum(parts)
    for place in sorted(range(len(parts)), key=lambda at: (-cut_off[at], keys[at]))[:left_over]:
        parts[place] += 1
    return [from_fen(part) for part in parts]


def _whole_weights(weights: Sequence[int | Decimal]) -> list[int]:
    """Bring weights to whole numbers in the same proportion."""
    places = 0
    for weight in weights:
        if isinstance(weight, Decimal):
            exponent = weight.as_tuple().exponent
            if not isinstance(exponent, int):
                raise ValueError("a weight must be a finite number")
            places = max(places, -exponent)
    return [int(weight * 10**places) for weight in weights]
