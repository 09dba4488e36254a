import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from portal.services.work import House
from portal.storage.models.assistant import QuestionRecord
from portal.web.api import LARGEST_BODY, MOST_A_MINUTE
from portal.web.pace import Pace
from tests.builders import make_citizen_id


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A program of another office; it keeps no cookies."""
    return app.test_client(use_cookies=False)


@pytest.fixture
def document(client: FlaskClient) -> dict[str, Any]:
    """What the interface says of itself."""
    described: dict[str, Any] = client.get("/api/openapi.json").get_json()
    return described


def ask(client: FlaskClient, **body: object) -> TestResponse:
    return client.post("/api/assistant", json=body)


def check_against(document: dict[str, Any], response: TestResponse) -> None:
    """Hold an answer against what the document promises for its status."""
    promised = document["paths"]["/api/assistant"]["post"]["responses"][str(response.status_code)]
    schema = promised["content"]["application/json"]["schema"]
    Draft202012Validator({**schema, "components": document["components"]}).validate(response.get_json())


def test_the_document_is_sound(document: dict[str, Any]):
    validate(document)


@pytest.mark.parametrize(
    ("question", "region", "outcome"),
    [
        ("一年补多少钱", "jinning", "answer"),
        ("钱什么时候到账啊", None, "clarify"),
        ("我爸过世了，他账上的钱咋领", "jinning", "handoff"),
        ("", "jinning", "handoff"),
    ],
)
def test_every_outcome_comes_as_the_document_says(
    client: FlaskClient, document: dict[str, Any], question: str, region: str | None, outcome: str
):
    response = ask(client, question=question, region=region)

    assert response.status_code == 200
    assert response.get_json()["outcome"] == outcome
    check_against(document, response)


def test_an_answer_brings_its_clause_with_number_and_validity(client: FlaskClient):
    told = ask(client, question="一年补多少钱", region="jinning").get_json()

    first = told["citations"][0]
    assert first["document"] == "jinning-2020"
    assert first["clause"].startswith("5.4.")
    assert first["number"] == "晋政办〔2020〕1号"
    assert first["in_force"] is True
    assert "1000元" in told["answer"]
    assert told["office"]["phone"]


def test_a_follow_up_is_understood_by_its_context(client: FlaskClient):
    first = ask(client, question="参加居民养老，补助打到哪里", region="jinning").get_json()

    second = ask(client, question="那职工呢", region="jinning", context=first["entry"]).get_json()

    assert second["outcome"] == "answer"


@pytest.mark.parametrize(
    ("language", "words"),
    [(None, "实际利率"), ("zh-Hans", "实际利率"), ("zh-Hant", "實際利率"), ("en", "actual rate")],
)
def test_the_words_come_in_the_language_that_was_asked_for_and_the_quotation_as_it_is_printed(
    client: FlaskClient, document: dict[str, Any], language: str | None, words: str
):
    asked = {} if language is None else {"language": language}

    response = ask(client, question="利息从哪天算到哪天", region="guangdong", **asked)

    told = response.get_json()
    check_against(document, response)
    assert words in told["answer"]
    assert told["citations"][0]["quote"].startswith("征地社保費")


def test_choices_places_and_the_office_are_named_in_the_language_too(
    client: FlaskClient, document: dict[str, Any]
):
    place = ask(client, question="方案要公示几天", language="en")
    meaning = ask(client, question="补贴", region="jinning", language="en")

    for response in (place, meaning):
        check_against(document, response)
    named = [each["name"] for each in place.get_json()["places"]]
    named += [each["question"] for each in meaning.get_json()["choices"]]
    named += meaning.get_json()["office"].values()
    assert len(named) > 4
    assert all(name.isascii() or "’" in name or "–" in name for name in named), named


def test_an_open_place_is_asked_for(client: FlaskClient):
    told = ask(client, question="方案要公示几天").get_json()

    assert told["reason"] == "which_place"
    assert {"region": "hedong"}.items() <= told["places"][0].items() or len(told["places"]) > 1


@pytest.mark.parametrize(
    ("data", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b" " * (LARGEST_BODY + 1), "application/json", 413),
        (b'{"question": "x"}', "text/plain", 415),
        (b"question=x", "application/x-www-form-urlencoded", 415),
        (b"null", "application/json", 422),
        (b"[]", "application/json", 422),
        (b"{}", "application/json", 422),
        (b'{"question": 7}', "application/json", 422),
        (b'{"question": "x", "region": "nowhere"}', "application/json", 422),
        (b'{"question": "x", "region": ["jinning"]}', "application/json", 422),
        (b'{"question": "x", "context": 1}', "application/json", 422),
        (b'{"question": "x", "language": "fr"}', "application/json", 422),
        (b'{"question": "x", "language": ["en"]}', "application/json", 422),
        (b'{"question": "x", "language": null}', "application/json", 200),
        (json.dumps({"question": "x" * 10_001}).encode(), "application/json", 422),
        (b'{"question": "\\ud800 \\u0000", "region": "jinning"}', "application/json", 200),
        (b'{"question": "x", "context": "no-such-entry"}', "application/json", 200),
    ],
    ids=lambda value: str(value)[:30],
)
def test_bad_input_gets_a_named_error(
    client: FlaskClient, document: dict[str, Any], data: bytes, kind: str, status: int
):
    response = client.post("/api/assistant", data=data, content_type=kind)

    assert response.status_code == status
    check_against(document, response)


def test_other_methods_and_addresses_are_told_in_json(client: FlaskClient):
    assert client.get("/api/assistant").get_json() == {"error": "not_found"}
    assert client.get("/api/nothing").status_code == 404
    assert client.get("/api/nothing").is_json


def test_nothing_is_stored_and_no_number_comes_back(client: FlaskClient, house: House):
    number = make_citizen_id().digits

    response = ask(client, question=f"我是{number}，我爸过世了，他账上的钱咋领", region="jinning")

    assert number not in response.get_data(as_text=True)
    with house.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(QuestionRecord)) == 0


def test_a_program_on_another_site_may_ask_and_gets_no_cookie(client: FlaskClient):
    response = client.post(
        "/api/assistant",
        json={"question": "一年补多少钱", "region": "jinning"},
        headers={"Origin": "https://elsewhere.example", "Cookie": "session=stolen; lang=en"},
    )

    assert response.status_code == 200
    assert "Set-Cookie" not in response.headers
    assert "每人每年" in response.get_json()["answer"]


def test_whoever_asks_too_often_is_told_when_to_come_back(client: FlaskClient, document: dict[str, Any]):
    for _ in range(MOST_A_MINUTE):
        client.post("/api/assistant", data=b"", content_type="text/plain")

    response = ask(client, question="一年补多少钱")

    assert response.status_code == 429
    assert 1 <= int(response.headers["Retry-After"]) <= 60
    check_against(document, response)


def test_the_window_slides_and_each_address_has_its_own():
    start = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
    pace = Pace(2, timedelta(seconds=60))

    assert not pace.wait("a", start)
    assert not pace.wait("a", start + timedelta(seconds=40))
    assert pace.wait("a", start + timedelta(seconds=50)) == timedelta(seconds=10)
    assert not pace.wait("b", start + timedelta(seconds=50))
    assert not pace.wait("a", start + timedelta(seconds=60))
    assert pace.wait("a", start + timedelta(seconds=61)) == timedelta(seconds=39)
