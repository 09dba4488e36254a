"""Turns codes and facts into sentences: what happened, and what to do next.

Each subject has a module here. ``REFUSALS`` maps a refusal's code to a function that makes the
sentence from its facts; ``ACTS`` does the same for the audit log, ``TEXTS`` for text messages and
notices. A test holds them against every code that the rules can raise.
"""

from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from flask_babel import gettext

from portal.domain.errors import Refusal
from portal.web.wording import (
    assistant,
    audit,
    claimants,
    claims,
    identity,
    ledger,
    operations,
    payments,
    people,
    reviews,
    rosters,
    rules,
    staff,
    statements,
)

Sentence = Callable[[Mapping[str, Any]], str]

# The name that carriers ask for before every text, as it is registered with them, in every language.
SIGNATURE = "【颐田】"

_SUBJECTS: tuple[ModuleType, ...] = (
    assistant,
    audit,
    claimants,
    claims,
    identity,
    ledger,
    operations,
    payments,
    people,
    reviews,
    rosters,
    rules,
    staff,
    statements,
)


def _gather(table: str) -> dict[str, Sentence]:
    """The tables of all subjects as one."""
    return {code: sentence for subject in _SUBJECTS for code, sentence in getattr(subject, table, {}).items()}


REFUSALS = _gather("REFUSALS")
ACTS = _gather("ACTS")
TEXTS = _gather("TEXTS")


def refusal(error: Refusal) -> str:
    """The sentence for a refusal."""
    return refusal_by_code(error.code, error.facts)


def refusal_by_code(code: str, facts: Mapping[str, Any]) -> str:
    """The sentence for a refusal that was remembered by its code and facts."""
    sentence = REFUSALS.get(code)
    if sentence is None:
        return gettext("现在没办成，您填的都还在。请打电话问窗口。")
    return sentence(facts)


def act(name: str, facts: Mapping[str, Any]) -> str:
    """The words of an act in the audit log."""
    return ACTS[name](facts)


def text(code: str, facts: Mapping[str, Any]) -> str:
    """The words of a notice, which a text message says too."""
    return TEXTS[code](facts)


def text_message(code: str, facts: Mapping[str, Any]) -> str:
    """The words of a text message, signed."""
    return SIGNATURE + text(code, facts)
