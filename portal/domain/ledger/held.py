"""What an account holds and what a year's interest on it is, as figures that say how."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from portal.domain.ledger.accounts import Source
from portal.domain.money import Yuan, round_yuan
from portal.domain.policy import Citation, Figure, Step, Unit


def sum_held(name: str, held: Mapping[Source, Yuan], because: tuple[Citation, ...], on: date) -> Figure:
    """Add up what an account holds by source, in yuan; ``because`` are the clauses that brought it there."""
    total = sum(held.values(), Decimal("0.00"))
    steps = (
        *(Step("held_of_source", {"source": source, "amount": amount}) for source, amount in held.items()),
        Step("held_together", {"amount": total}),
    )
    return Figure(name, total, Unit.YUAN, steps, because, on)


def earn_interest(
    held: Yuan,
    rate: Decimal,
    year: int,
    announced_by: str,
    because: tuple[Citation, ...],
    on: date,
    readings: tuple[str, ...] = (),
) -> Figure:
    """Work out a year's interest on what an account held when the year began, half up to the fen.

    ``rate`` is a fraction such as 0.0262; ``announced_by`` says where it stands.
    """
    interest = round_yuan(held * rate)
    steps = (
        Step("held_at_new_year", {"year": year, "amount": held}),
        Step("interest_rate", {"rate": rate, "announced_by": announced_by}),
        Step("year_interest", {"amount": interest}),
    )
    return Figure("year_interest", interest, Unit.YUAN, steps, because, on, readings)
