import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text
from structlog.testing import capture_logs

from portal.app import create_app
from portal.crypto.key_ring import KeyRing
from portal.domain.disclosure import PersonViewed
from portal.services import audit
from portal.services.work import SYSTEM, House, begin_work
from portal.storage import database as stored_database
from portal.storage import messages as stored_messages
from portal.storage import schema
from portal.storage.database import Database
from portal.web.metrics import RequestFigures
from portal.web.work import EXTENSION
from tests.builders import NOW, make_person
from tests.web.browser import Browser
from tests.web.conftest import make_settings


def body(browser: Browser, path: str, status: int = 200) -> str:
    return browser.get(path, status=status).response.get_data(as_text=True)


def figures(browser: Browser) -> dict[tuple[str, ...], float]:
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(body(browser, "/metrics"))
        for sample in family.samples
    }


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_machines_of_the_house_are_answered_and_nobody_else(browser: Browser, path: str):
    assert body(browser, path)
    assert browser.client.get(path, environ_base={"REMOTE_ADDR": "203.0.113.9"}).status_code == 404


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
@pytest.mark.parametrize("proxies", [0, 1])
def test_whoever_comes_through_a_proxy_on_this_host_is_nobody_of_the_house(
    house: House, tmp_path: Path, proxies: int, header: str
):
    browser = Browser(create_app(make_settings(tmp_path, proxies=proxies), house))

    assert browser.client.get("/metrics").status_code == 200
    assert browser.client.get("/metrics", headers={header: "127.0.0.1"}).status_code == 404


@pytest.mark.parametrize(
    ("revision", "status", "told"), [("0001", 503, "schema_old\n"), ("9999", 200, "ok\n")]
)
def test_a_host_serves_on_the_schema_of_a_later_release_and_not_on_an_older_one(
    browser: Browser, house: House, revision: str, status: int, told: str
):
    with house.database.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})

    assert body(browser, "/readyz", status) == told


def test_a_host_whose_clock_is_behind_the_newest_act_is_not_ready(browser: Browser, house: House):
    _, clock = browser.app.extensions[EXTENSION]
    ahead = clock.steady() + timedelta(minutes=1)
    with begin_work(house, SYSTEM, lambda _: ahead) as work:
        audit.record(work, PersonViewed(1))

    assert body(browser, "/readyz", status=503) == "clock_behind\n"


def test_a_host_with_the_keys_of_another_database_is_not_ready(house: House, tmp_path: Path):
    make_person(house)
    browser = Browser(create_app(make_settings(tmp_path), replace(house, keys=KeyRing.generate())))

    assert body(browser, "/readyz", status=503) == "keys_do_not_fit\n"


def test_a_host_that_cannot_keep_receipts_is_not_ready(house: House, tmp_path: Path):
    class FullDisk:
        def is_writable(self) -> bool:
            return False

    app = create_app(make_settings(tmp_path), replace(house, blobs=FullDisk()))  # type: ignore[arg-type]

    assert body(Browser(app), "/readyz", status=503) == "receipts_not_writable\n"


def test_a_host_without_its_database_is_alive_and_not_ready(app: Flask, house: House, tmp_path: Path):
    away = Database("postgresql://nobody@127.0.0.1:1/nothing")
    browser = Browser(create_app(make_settings(tmp_path), replace(house, database=away)))

    assert body(browser, "/healthz") == "ok\n"
    assert body(browser, "/readyz", status=503) == "database_away\n"


def test_a_host_that_may_only_read_its_database_is_not_ready_and_acts_there_are_put_off(
    house: House, tmp_path: Path
):
    file = tmp_path / "portal.sqlite"
    made = Database(f"sqlite:///{file}")
    schema.upgrade(made)
    made.close()
    only_read = Database(f"sqlite:///file:{file}?mode=ro&uri=true")
    browser = Browser(create_app(make_settings(tmp_path), replace(house, database=only_read)))

    assert body(browser, "/readyz", status=503) == "database_not_writable\n"
    browser.post("/at/jinning/tip-off/", status=503, what="村东头有人冒领")
    only_read.close()


def test_a_host_without_its_database_still_counts_its_requests(house: House, tmp_path: Path):
    away = Database("postgresql://nobody@127.0.0.1:1/nothing")
    browser = Browser(create_app(make_settings(tmp_path), replace(house, database=away)))
    browser.get("/healthz")

    counted = figures(browser)

    assert counted["portal_requests_total", "operations.show_alive", "2xx"] == 1
    assert ("portal_texts_waiting",) not in counted


def test_requests_are_counted_by_where_they_lead_and_how_they_end(browser: Browser):
    browser.get("/")
    browser.get("/")
    browser.get("/nowhere", status=404)

    counted = figures(browser)

    assert counted["portal_requests_total", "home.show", "2xx"] == 2
    assert counted["portal_requests_total", "-", "4xx"] == 1
    assert counted["portal_request_seconds_count",] == 3


def test_the_outbox_can_be_watched(browser: Browser, house: House):
    with house.database.writing() as session:
        stored_messages.add_text(session, person_id=None, wording="x", facts={}, now=NOW)

    counted = figures(browser)

    assert counted["portal_texts_waiting",] == 1
    assert counted["portal_oldest_text_seconds",] != 0


def test_what_other_processes_count_is_in_the_sum():
    numbers = iter([100, 101])
    counts = RequestFigures(["home.show"], process=lambda: next(numbers))

    counts.count("home.show", 200, 0.03)
    counts.count("home.show", 200, 0.3)

    requests, seconds = counts.collect()
    reached = {sample.labels["le"]: sample.value for sample in seconds.samples if "le" in sample.labels}
    assert [sample.value for sample in requests.samples] == [2]
    assert (reached["0.025"], reached["0.05"], reached["+Inf"]) == (0, 1, 2)


def test_a_slow_statement_is_logged_without_the_values_it_was_given(engine_name: str, database: Database):
    watched = Database(database.url.render_as_string(hide_password=False), slow_seconds=0)

    with capture_logs() as logged, watched.reading() as session:
        session.execute(text("SELECT\n  :name"), {"name": "李桂芳"})
    watched.close()

    (line,) = [each for each in logged if "SELECT" in each.get("statement", "")]
    assert re.fullmatch(r"SELECT (\?|%\(name\)s(::VARCHAR)?)", line["statement"])
    assert "李桂芳" not in str(line)


def test_who_writes_while_a_long_import_holds_the_lock_is_told_when_to_come_back(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(stored_database, "LOCK_WAIT_SECONDS", 0.001)
    impatient = Database(house.database.url.render_as_string(hide_password=False))
    browser = Browser(create_app(make_settings(tmp_path), replace(house, database=impatient)))

    with house.database.engine.begin() as importing:  # on a file, this alone takes the write lock
        if not house.database.is_embedded:
            importing.exec_driver_sql("LOCK TABLE attempt, question")
        page = browser.post("/at/jinning/tip-off/", status=503, what="村东头有人冒领")
        read = browser.get("/", status=200)
    told = browser.post("/at/jinning/tip-off/", status=200, what="村东头有人冒领")
    impatient.close()

    assert int(page.response.headers["Retry-After"]) >= 1
    assert read.text
    assert told.select_one(".slip .fig")
