"""`portal ledger` on a database of its own."""

import csv
import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from python_calamine import CalamineWorkbook
from sqlalchemy import text

from portal.cli import main
from portal.domain.ledger.accounts import Source
from portal.services import ledger
from portal.services.work import SYSTEM, House, begin_work
from portal.storage import schema
from portal.storage.database import Database
from portal.web import logs
from tests.builders import house_keys, make_house, make_person

Run = Callable[..., Result]
NOW = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'portal.sqlite'}")
    schema.upgrade(database)
    yield database
    database.close()


@pytest.fixture(scope="module")
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The keys of the tests, and what the commands keep to start sooner."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "keys.json").write_text(house_keys().to_json(), encoding="utf-8")
    return folder


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:
    house = make_house(database, tmp_path, matcher=None)
    person = make_person(house)
    with begin_work(house, SYSTEM, lambda _: NOW) as work:
        ledger.post_openings(
            work,
            {
                (person, Source.OWN_CONTRIBUTION): Decimal("1000.00"),
                (person, Source.INTEREST): Decimal("0.01"),
            },
            region="jinning",
            on=date(2025, 12, 31),
            key="openings",
        )
        ledger.reverse(work, "openings", as_key="undo", on=date(2026, 1, 2), reason='记错了"人"')
        ledger.post_openings(
            work,
            {(person, Source.OWN_CONTRIBUTION): Decimal("999.99")},
            region="jinning",
            on=date(2026, 1, 2),
            key="openings again",
        )
    return house


@pytest.fixture
def portal(data_folder: Path, database: Database, house: House) -> Run:
    def portal(*arguments: str) -> Result:
        url = database.url.render_as_string(hide_password=False)
        env = {"PORTAL_DATA": str(data_folder), "PORTAL_DEMO": "1", "DATABASE_URL": url}
        return CliRunner().invoke(main, arguments, env=env)

    return portal


@pytest.fixture
def run(portal: Run) -> Run:
    return partial(portal, "ledger")


def test_a_sound_ledger_prints_its_heads_to_be_noted_elsewhere(run: Run):
    first = run("check")

    assert first.exit_code == 0, first.output
    assert first.output.startswith("jinning:main:3:")
    assert run("check", "--head", first.output.strip()).exit_code == 0


def test_a_wrong_row_is_named_and_the_exit_status_tells(run: Run, database: Database):
    with database.writing() as session:
        session.execute(text("UPDATE ledger_balance SET amount = 5 WHERE amount > 0"))

    checked = run("check")

    assert checked.exit_code == 1
    assert "jinning/main account fiscal_account///: the kept balance is not the sum" in checked.output


def test_an_older_copy_is_found_by_the_head_that_was_noted(run: Run):
    checked = run("check", "--head", f"jinning:main:4:{'00' * 32}")

    assert checked.exit_code == 1
    assert "jinning/main entry 4: the last rows are gone" in checked.output


def test_a_book_with_accounts_whose_entries_and_head_are_gone_is_told(run: Run, database: Database):
    with database.writing() as session:
        for table in ("ledger_posting", "ledger_entry"):
            session.execute(text(f"DROP TRIGGER {table}_refuses_delete"))
        for table in ("ledger_posting", "ledger_entry", "ledger_head"):
            session.execute(text(f"DELETE FROM {table}"))

    emptied = run("check")

    assert emptied.exit_code == 1
    assert "jinning/main entry 0: the head is gone" in emptied.output


def test_every_head_that_was_given_is_looked_at(run: Run):
    right = run("check").output.strip()
    wrong = f"jinning:main:2:{'00' * 32}"

    for heads in ([wrong, right], [right, wrong]):
        checked = run("check", *(part for head in heads for part in ("--head", head)))

        assert checked.exit_code == 1
        assert "jinning/main entry 2: the head" in checked.output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--head", "jinning:4"), "is no head such as jinning:main:42:"),
        (
            ("--head", f"jinning:4:{'00' * 32}"),
            "is the head of an audit log; give it to `portal audit check`",
        ),
        (("--head", f"linyi:main:4:{'00' * 32}", "--region", "jinning"), "linyi:main is not of jinning"),
        (("--region", "atlantis"), "there is no 'atlantis'; there are guangdong, hedong,"),
    ],
)
def test_what_a_check_cannot_look_at_is_refused_in_words(run: Run, arguments: tuple[str, ...], told: str):
    answer = run("check", *arguments)

    assert answer.exit_code == 2
    assert told in " ".join(answer.output.split())


def test_one_region_is_checked_without_the_others(run: Run, database: Database):
    with database.writing() as session:
        session.execute(text("UPDATE ledger_head SET mac = x'00'"))

    assert run("check", "--region", "linyi").exit_code == 0
    assert run("check", "--region", "jinning").exit_code == 1


def test_the_checks_take_the_heads_that_the_rounds_log(portal: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(logs, "catch_the_rest", lambda: None)
    round_done = portal("work", "--once")
    logged = [json.loads(line) for line in round_done.stderr.splitlines()]
    heads = [line["head"] for line in logged if line["event"] == "chain head"]

    of_audit, of_ledger = sorted(heads, key=lambda head: head.count(":"))

    assert portal("audit", "check", "--head", of_audit).exit_code == 0
    assert portal("ledger", "check", "--head", of_ledger).exit_code == 0


def test_bean_check_accepts_the_export_and_comes_to_our_balances(run: Run, tmp_path: Path):
    path = tmp_path / "jinning.beancount"

    assert run("export", "--format", "beancount", "--region", "jinning", "--out", str(path)).exit_code == 0

    program = Path(sys.executable).with_name("bean-check")
    judged = subprocess.run([program, "--no-cache", path], capture_output=True, text=True, check=False)
    assert (judged.returncode, judged.stderr) == (0, "")
    assert "Assets:FiscalAccount 999.99 ~ 0.00 CNY" in path.read_text(encoding="utf-8")


def test_the_csv_has_a_line_for_each_posting(run: Run):
    rows = list(csv.reader(run("export", "--format", "csv", "--region", "jinning").stdout.splitlines()))

    assert len(rows) == 1 + 3 + 3 + 2
    assert rows[1][2:7] == ["2025-12-31", "opening_balance", "fiscal_account///", "1000.01", ""]


def test_the_workbook_has_the_same_rows(run: Run, tmp_path: Path):
    path = tmp_path / "jinning.xlsx"

    assert run("export", "--format", "xlsx", "--region", "jinning", "--out", str(path)).exit_code == 0

    rows = CalamineWorkbook.from_filelike(BytesIO(path.read_bytes())).get_sheet_by_index(0).to_python()
    assert len(rows) == 9
    assert rows[1][5] == 1000.01


@pytest.mark.parametrize(
    ("where", "told"),
    [
        (("--region", "atlantis"), "there is no 'atlantis'; there are guangdong, hedong,"),
        (("--region", "jinning", "--book", "second"), "jinning keeps no book 'second'"),
    ],
)
@pytest.mark.parametrize("command", [("export", "--format", "csv"), ("interest", "2025")])
def test_a_region_or_book_that_nobody_knows_is_refused(
    run: Run, command: tuple[str, ...], where: tuple[str, ...], told: str
):
    answer = run(*command, *where)

    assert answer.exit_code == 2
    assert told in answer.output


def test_an_export_that_cannot_be_written_leaves_no_half_of_a_file(run: Run, tmp_path: Path):
    nowhere = run("export", "--format", "csv", "--region", "jinning", "--out", str(tmp_path / "no" / "x.csv"))
    folder = run("export", "--format", "csv", "--region", "jinning", "--out", str(tmp_path))

    for answer in (nowhere, folder):
        assert answer.exit_code != 0
        assert isinstance(answer.exception, SystemExit)
    assert "cannot be written" in nowhere.output
    assert not list(tmp_path.rglob("*.part"))


def test_interest_without_an_announced_rate_posts_nothing(run: Run):
    answer = run("interest", "2025", "--region", "jinning")

    assert answer.exit_code == 0
    assert "待公布" in answer.output
    assert "jinning:main:3:" in run("check").output
