"""What am I entitled to: a few plain questions, and the row of the table that then decides."""

from collections.abc import Mapping
from dataclasses import dataclass

from portal.content.regions import Office, Question, Region, Result
from portal.domain.claim_kinds import ClaimKind
from portal.domain.decisions import DecisionRow, NoRowApplies
from portal.services.work import House

TABLE = "entitlement"


@dataclass(frozen=True)
class Asked:
    """The next question, with how many answers there are already."""

    question: Question
    answered: int


@dataclass(frozen=True)
class Found:
    """What follows from the answers: the row that decided, what it means, and whom to call.

    ``result`` is None where the text does not foresee the case; a person must look at it.
    """

    row: DecisionRow | None
    result: Result | None
    office: Office
    claim: ClaimKind | None


def has_table(region: Region) -> bool:
    """Whether this region's texts say enough to ask at all."""
    return TABLE in region.rulebook.tables


def next_step(
    house: House, region_id: str, answers: Mapping[str, str], on_record: Mapping[str, str] | None = None
) -> Asked | Found:
    """Ask for the one fact that still matters, or say what follows.

    Answers that no question of the region offers are left out, as if they had not been given; what is on
    record counts before any answer.
    """
    region = house.packs.get(region_id)
    given = known_facts(region, answers)
    facts = {**given, **(on_record or {})}
    table = region.rulebook.tables[TABLE]
    missing = table.next_question(facts)
    if missing is not None:
        return Asked(region.questions[missing], len(given))
    try:
        row = table.decide(facts)
    except NoRowApplies:
        return Found(None, None, region.office(region.main_office), None)
    result = region.results.get(row.result)
    if result is None:
        return Found(row, None, region.office(region.main_office), None)
    claim = result.claim if result.claim in region.claims else None
    return Found(row, result, region.office(result.office or region.main_office), claim)


def known_facts(region: Region, answers: Mapping[str, str]) -> dict[str, str]:
    """The answers that the region's questions offer."""
    return {
        fact: answers[fact]
        for fact, question in region.questions.items()
        if fact in answers and any(choice.value == answers[fact] for choice in question.choices)
    }
