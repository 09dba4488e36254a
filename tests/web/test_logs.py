import json
import logging
import sys
import threading
from pathlib import Path

import pytest
import structlog
from flask import Flask, g
from gunicorn.config import Config
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from portal.app import create_app
from portal.cli.serve import ServerLog
from portal.services.work import House
from portal.storage.database import Database
from portal.storage.models.citizens import PersonRecord
from portal.web import logs, operations
from portal.web.access import Access, open_to
from tests.web.conftest import make_settings


@pytest.fixture(autouse=True)
def _configured():
    logs.install()
    yield
    structlog.reset_defaults()


def test_a_failure_is_one_line_that_names_the_place_and_not_the_values(capsys: pytest.CaptureFixture[str]):
    name = "王秀" + "英"  # joined here, so that the line of code that a traceback quotes does not hold it

    try:
        raise KeyError(len(name))
    except KeyError as error:
        structlog.get_logger().exception("request failed", exc_info=error)

    (line,) = capsys.readouterr().err.splitlines()
    event = json.loads(line)
    assert event["event"] == "request failed"
    assert "test_logs.py" in event["exception"]
    assert "王秀英" not in line


def test_what_led_to_a_failure_is_told_first_and_its_words_are_not(capsys: pytest.CaptureFixture[str]):
    try:
        try:
            int("9901" + "x")
        except ValueError as error:
            raise LookupError("nobody of" + " this name") from error
    except LookupError as error:
        structlog.get_logger().exception("request failed", exc_info=error)

    told = json.loads(capsys.readouterr().err)["exception"]
    assert told.index("builtins.ValueError") < told.index("builtins.LookupError")
    assert "9901x" not in told
    assert "nobody of this name" not in told


def test_a_database_that_refuses_a_row_is_quoted_with_the_constraint_and_not_the_row(
    database: Database, capsys: pytest.CaptureFixture[str]
):
    wrong = {"region": "jin" + "ning", "name": "李桂" + "芳", "uid": "u" + "1"}

    with pytest.raises(IntegrityError) as refused, database.writing() as session:
        session.execute(insert(PersonRecord).values(**wrong))
    structlog.get_logger().exception("request failed", exc_info=refused.value)

    line = capsys.readouterr().err
    assert "IntegrityError" in line
    assert "李桂芳" not in line
    if not database.is_embedded:
        assert "李桂芳" in str(refused.value)  # which is why
        assert "23502 person" in line


def test_what_a_library_logs_is_a_line_of_the_same_kind(capsys: pytest.CaptureFixture[str]):
    theirs = logging.getLogger("gunicorn.of_this_test")
    logs.adopt(theirs)

    with Flask("of_this_test").test_request_context():
        g.request_id = "r1"
        theirs.warning("Worker (pid:%s) was sent SIGKILL!", 7)

    event = json.loads(capsys.readouterr().err)
    assert event.pop("timestamp").endswith("Z")
    assert event == {
        "event": "Worker (pid:7) was sent SIGKILL!",
        "level": "warning",
        "logger": "gunicorn.of_this_test",
        "request_id": "r1",
    }


def test_a_failing_request_is_logged_under_the_name_that_its_page_shows(
    house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    app = create_app(make_settings(tmp_path), house)

    def fail() -> str:
        raise KeyError("李桂" + "芳")

    app.view_functions["home.show"] = open_to(Access.PUBLIC)(fail)
    answer = app.test_client().get("/")

    events = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    (event,) = [each for each in events if each["event"] == "request failed"]
    assert answer.status_code == 500
    assert event["request_id"] in answer.get_data(as_text=True)
    assert event["request_id"] == answer.headers["X-Request-ID"]
    assert event["endpoint"] == "home.show"
    assert "builtins.KeyError" in event["exception"]
    assert "李桂芳" not in str(event)


def test_a_slow_request_is_logged_by_its_rule_and_not_its_address(
    app: Flask, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(operations, "SLOW_SECONDS", 0)

    app.test_client().get("/policy/jinning-2020?from=990101")

    events = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    (event,) = [each for each in events if each["event"] == "slow request"]
    assert event["rule"].startswith("/policy/<")
    assert event["request_id"]
    assert "990101" not in str(event)


def test_gunicorn_quotes_neither_addresses_nor_what_was_sent(capsys: pytest.CaptureFixture[str]):
    log = ServerLog(Config())

    log.warning("Invalid request from ip=203.0.113.9: Invalid HTTP request line: 'GET /?number=990101'")
    try:
        raise OSError("/claims/" + "C-17")
    except OSError:
        log.exception("Error handling request %s", "/claims/C-17?number=990101")

    told = capsys.readouterr().err
    assert [json.loads(line)["event"] for line in told.splitlines()] == [
        "invalid request",
        "failure while serving",
    ]
    assert "builtins.OSError" in told
    assert "990101" not in told
    assert "/claims/C-17" not in told


def test_what_ends_a_service_is_told_without_its_words(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sys, "excepthook", None)
    monkeypatch.setattr(threading, "excepthook", None)
    logs.catch_the_rest()

    error = LookupError("李桂" + "芳")
    sys.excepthook(LookupError, error, None)
    threading.excepthook(threading.ExceptHookArgs((LookupError, error, None, None)))

    for line in capsys.readouterr().err.splitlines():
        event = json.loads(line)
        assert event["event"] == "ended by a failure"
        assert event["exception"] == "builtins.LookupError"
