"""What a person's accounts hold, told by the clauses of all that happened to them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from portal.domain.citizens import Person
from portal.domain.ledger.accounts import Kind, Source
from portal.domain.ledger.held import sum_held
from portal.domain.money import ZERO, Yuan
from portal.domain.policy import Citation, Figure
from portal.services.work import Work
from portal.storage import ledger as stored_ledger
from portal.storage.ledger import PersonLine


def list_held(work: Work, person: Person) -> list[Figure]:
    """What the person's account and special ledger come to; those that nothing is in are left out."""
    lines = stored_ledger.list_lines(work.session, person.id)
    clauses = clauses_of_movements(work, person.region)
    held = (
        explain_held(kind, lines, clauses, work.today)
        for kind in (Kind.PERSONAL_ACCOUNT, Kind.SPECIAL_LEDGER)
    )
    return [figure for figure in held if figure.yuan]


def clauses_of_movements(work: Work, region: str) -> Mapping[str, Citation]:
    """By movement, what the region's text says of it; movements from outside the text are missing."""
    movements = work.packs.ledgers[region].regime.movements
    return {name: each.because for name, each in movements.items() if each.because is not None}


def explain_held(kind: str, lines: Sequence[PersonLine], clauses: Mapping[str, Citation], on: date) -> Figure:
    """What the person's accounts of a kind come to; the figure is named like the kind."""
    of_kind = [line for line in reversed(lines) if line.kind == kind]
    return sum_held(kind, by_source(of_kind), cite((line.movement for line in of_kind), clauses), on)


def by_source(lines: Iterable[PersonLine]) -> Mapping[Source, Yuan]:
    """Add up by source, in the order of ``Source``, leaving out empty ones."""
    held = dict.fromkeys(Source, ZERO)
    for line in lines:
        if line.source is not None:
            held[Source(line.source)] += line.amount
    return {source: amount for source, amount in held.items() if amount}


def cite(movements: Iterable[str], clauses: Mapping[str, Citation]) -> tuple[Citation, ...]:
    """The clauses of these movements, each once, in their order."""
    return tuple(dict.fromkeys(clauses[name] for name in movements if name in clauses))
