"""The assistant for other programs, such as a county's public account or hotline: JSON in, JSON out.

Nothing is stored, no cookie is read, and what is asked stands in bodies only.
"""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, current_app, request
from flask.typing import ResponseReturnValue

from portal.domain.policy import Citation
from portal.services import assistant, policy_texts
from portal.services.assistant import Answered
from portal.web.access import Access, open_to
from portal.web.address import address_of_request
from portal.web.pace import Pace
from portal.web.work import house, now, today

pages = Blueprint("api", __name__, url_prefix="/api")

LARGEST_BODY = 128 * 1024
LONGEST_QUESTION = 10_000
MOST_A_MINUTE = 120

_DOCUMENT = Path(__file__).with_name("openapi.json").read_bytes()


Speak = Callable[[str, str], str]
"""Chooses between the Chinese and the English of a text, and writes it in the script that was asked for."""

LANGUAGES: Mapping[str, Speak] = {
    "zh-Hans": lambda chinese, _english: policy_texts.in_script(chinese, "Hans"),
    "zh-Hant": lambda chinese, _english: policy_texts.in_script(chinese, "Hant"),
    "en": lambda _chinese, english: english,
}
DEFAULT_LANGUAGE = "zh-Hans"


@dataclass(frozen=True)
class Asked:
    """A sound request."""

    question: str
    region: str | None
    context: str | None
    speak: Speak


class _Unsound(Exception):
    """A request that cannot be answered; its text is the name of the error."""


@pages.post("/assistant")
@open_to(Access.PROGRAM)
def ask() -> ResponseReturnValue:
    """Answer, ask back, or hand over."""
    pause = _pace().wait(address_of_request(), now())
    if pause:
        headers = {"Retry-After": str(math.ceil(pause.total_seconds()))}
        return {"error": "too_often"}, 429, headers
    if not request.is_json:
        return {"error": "not_json"}, 415
    request.max_content_length = LARGEST_BODY
    try:
        body = json.loads(request.get_data())
    except (ValueError, RecursionError):
        return {"error": "broken_json"}, 400
    try:
        asked = _read(body)
    except _Unsound as error:
        return {"error": str(error)}, 422
    answered = assistant.ask(house(), asked.question, asked.region, asked.context)
    return _told(answered, asked.speak, today())


@pages.get("/openapi.json")
@open_to(Access.PROGRAM)
def describe() -> ResponseReturnValue:
    """What this interface takes and gives, as an OpenAPI document."""
    return Response(_DOCUMENT, mimetype="application/json")


def _pace() -> Pace:
    kept: Pace = current_app.extensions.setdefault(
        "portal.api_pace", Pace(MOST_A_MINUTE, timedelta(minutes=1))
    )
    return kept


def _read(body: object) -> Asked:
    if not isinstance(body, dict):
        raise _Unsound("not_an_object")
    question, region, context = (body.get(name) for name in ("question", "region", "context"))
    if not isinstance(question, str):
        raise _Unsound("question_not_a_text")
    if len(question) > LONGEST_QUESTION:
        raise _Unsound("question_too_long")
    if region is not None and region not in house().regions:
        raise _Unsound("region_not_served")
    if context is not None and not isinstance(context, str):
        raise _Unsound("context_not_a_text")
    language = body.get("language") or DEFAULT_LANGUAGE
    if not isinstance(language, str) or language not in LANGUAGES:
        raise _Unsound("language_not_spoken")
    return Asked(question, region, context, LANGUAGES[language])


def _told(answered: Answered, speak: Speak, on: date) -> dict[str, Any]:
    entry, office = answered.entry, answered.office
    return {
        "outcome": answered.outcome,
        "reason": answered.reason,
        "answer": None if entry is None else speak(entry.answer, entry.answer_en),
        "entry": None if entry is None else entry.id,
        "citations": [] if entry is None else [_cited(each, on) for each in entry.citations],
        "choices": [
            {"entry": each.id, "question": speak(each.question, each.question_en)}
            for each in answered.choices
        ],
        "places": [
            {"region": each.id, "name": speak(each.full_name.zh, each.full_name.en)}
            for each in answered.places
        ],
        "office": {
            "name": speak(office.name.zh, office.name.en),
            "phone": office.phone,
            "hours": speak(office.hours.zh, office.hours.en),
        },
    }


def _cited(citation: Citation, on: date) -> dict[str, Any]:
    document = policy_texts.show_document(house(), citation.document)
    return {
        "document": citation.document,
        "clause": citation.clause,
        "quote": citation.quote,
        "number": document.number,
        "title": document.title,
        "in_force": document.effective <= on and (document.expires is None or on <= document.expires),
        "effective": document.effective.isoformat(),
        "expires": None if document.expires is None else document.expires.isoformat(),
    }
