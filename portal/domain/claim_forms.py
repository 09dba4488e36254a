"""What each kind of claim asks, one question a page, in order; the pages make their words from the names.

A question's name is also the fact that a condition of the pack may look at, so an answer and a rule meet
without any code between them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any, ClassVar

from portal.domain.claim_kinds import ClaimKind
from portal.domain.errors import Refusal

MONTHS_OF_A_YEAR = 12


class Asks(StrEnum):
    """How a question is answered."""

    YEAR = "year"
    """A contribution year that can still be claimed; not asked when there is only one."""
    MONTHS = "months"
    """A number of months, 1 to 12."""
    CHOICE = "choice"
    """One of ``choices``."""
    READ = "read"
    """Nothing but having read what the page says; kept as ``read``."""
    WORDS = "words"
    """Free text."""
    NAME = "name"
    """A person's name."""
    DAY = "day"
    """A calendar day."""
    MONEY = "money"
    """An amount in yuan, kept as text with two decimal places."""
    PHOTOS = "photos"
    """One or more photographed papers of one material."""
    PAYEE = "payee"
    """The account on record, and leave to use the bank's data; kept as ``own``."""
    ACCOUNT = "account"
    """Another bank account, sealed; kept apart from the answers."""
    HEIRS = "heirs"
    """Who inherits, with shares and accounts; kept apart from the answers."""


@dataclass(frozen=True)
class Question:
    """One question; ``only_if`` names an earlier answer and the values at which it is asked at all."""

    name: str
    asks: Asks
    choices: tuple[str, ...] = ()
    required: bool = True
    only_if: tuple[str, frozenset[str]] | None = None

    def is_asked(self, answers: Mapping[str, Any]) -> bool:
        """Whether the answers so far lead to this question."""
        return self.only_if is None or answers.get(self.only_if[0]) in self.only_if[1]


class AnswersMissing(Refusal):
    """A claim cannot be handed in yet; ``facts["questions"]`` names what is not answered."""

    code: ClassVar[str] = "answers_missing"


_PAPERS = Question("papers", Asks.PHOTOS)
"""Stands for one question for each material that the pack asks for."""

_WHAT = Question("what", Asks.WORDS)
_PROOF = Question("proof", Asks.PHOTOS, required=False)
_PAYEE = Question("payee", Asks.PAYEE)

_FORMS: Mapping[ClaimKind, tuple[Question, ...]] = MappingProxyType(
    {
        ClaimKind.REIMBURSEMENT: (
            Question("year", Asks.YEAR),
            Question("months", Asks.MONTHS),
            _PAPERS,
            _PAYEE,
        ),
        ClaimKind.SCHEME_WITHDRAWAL: (
            Question("why", Asks.CHOICE, ("draws_employee_pension", "pays_employee_pension", "neither")),
            _PAYEE,
        ),
        ClaimKind.ROUTE_CHOICE: (
            Question("rights_notice", Asks.READ),
            Question("route", Asks.CHOICE, ("resident", "employee")),
        ),
        ClaimKind.IDENTITY_CONFIRMATION: (Question("land", Asks.WORDS), _PAPERS),
        ClaimKind.SPECIAL_LEDGER_OPTION: (
            Question("default_read", Asks.READ),
            Question("ledger_option", Asks.CHOICE, ("chosen", "not_chosen")),
        ),
        ClaimKind.LEDGER_REIMBURSEMENT: (
            Question("own_contribution", Asks.MONEY),
            _PAPERS,
            _PAYEE,
        ),
        ClaimKind.ONE_OFF_PAYMENT: (
            Question("claimant", Asks.CHOICE, ("self", "heir", "beneficiary")),
            _PAPERS,
            Question("payee", Asks.PAYEE, only_if=("claimant", frozenset({"self"}))),
            Question("heirs", Asks.HEIRS, only_if=("claimant", frozenset({"heir", "beneficiary"}))),
        ),
        ClaimKind.OTHER_BANK_ACCOUNT: (
            Question("card", Asks.CHOICE, ("impossible", "possible")),
            _WHAT,
            _PAPERS,
            Question("account", Asks.ACCOUNT),
        ),
        ClaimKind.MEMBER_CHOICE: (
            Question("member", Asks.NAME),
            Question("member_born_on", Asks.DAY),
            _PAPERS,
        ),
        ClaimKind.WAIVER: (Question("waiver_read", Asks.READ), _PAPERS),
        ClaimKind.GOOD_REASON: (_WHAT, _PAPERS),
        ClaimKind.CHANGE: (
            Question("field", Asks.CHOICE, ("phone", "account", "household", "name", "other")),
            _WHAT,
            _PAPERS,
        ),
        ClaimKind.TRANSFER: (
            Question("destination", Asks.CHOICE, ("other_pooling_area", "same_pooling_area")),
            Question("where", Asks.WORDS),
        ),
        ClaimKind.CANCELLATION: (
            Question("cause", Asks.CHOICE, ("leaves", "deceased")),
            _WHAT,
            _PAPERS,
        ),
        ClaimKind.OBJECTION: (
            Question("about", Asks.CHOICE, ("years", "account", "registration", "payment", "other")),
            _WHAT,
            _PROOF,
        ),
        ClaimKind.NOTICE_OBJECTION: (_WHAT, _PROOF),
        ClaimKind.TIP_OFF: (_WHAT, _PROOF),
    }
)


def list_questions(kind: ClaimKind, materials: Sequence[tuple[str, bool]]) -> tuple[Question, ...]:
    """All questions of a kind, in order; ``materials`` are the pack's papers, with whether each must be."""
    return tuple(_with_papers(_FORMS[kind], materials))


def list_missing(
    questions: Sequence[Question], answers: Mapping[str, Any], photographed: frozenset[str]
) -> tuple[Question, ...]:
    """What must be answered, given the answers so far, and is not."""
    return tuple(
        question
        for question in questions
        if question.required
        and question.is_asked(answers)
        and not _is_answered(question, answers, photographed)
    )


def _with_papers(form: Sequence[Question], materials: Sequence[tuple[str, bool]]) -> Iterator[Question]:
    for question in form:
        if question is _PAPERS:
            for name, required in materials:
                yield replace(_PAPERS, name=name, required=required)
        else:
            yield question


def _is_answered(question: Question, answers: Mapping[str, Any], photographed: frozenset[str]) -> bool:
    return question.name in (photographed if question.asks is Asks.PHOTOS else answers)
