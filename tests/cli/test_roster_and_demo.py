"""`portal roster import` and `portal demo` on a database of their own."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from portal.cli import main
from portal.storage import schema
from portal.storage.database import Database
from tests.builders import make_citizen_id

BENCH = Path(__file__).parent.parent.parent / "bench" / "roster.py"
HEADERS = "姓名,公民身份号码,手机号,区县,乡镇,村,人员类别"

Run = Callable[..., Result]


@pytest.fixture
def database(tmp_path: Path) -> Database:
    database = Database(f"sqlite:///{tmp_path / 'portal.sqlite'}")
    schema.upgrade(database)
    return database


@pytest.fixture(scope="module")
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys, and what the commands keep to start sooner."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture
def run(data_folder: Path, database: Database) -> Run:
    def run(*arguments: str, demo: str = "1", typed: str = "") -> Result:
        url = database.url.render_as_string(hide_password=False)
        env = {"PORTAL_DATA": str(data_folder), "PORTAL_DEMO": demo, "DATABASE_URL": url}
        return CliRunner().invoke(main, arguments, env=env, input=typed)

    return run


def count_people(database: Database) -> int:
    with database.reading() as session:
        return int(session.execute(text("SELECT count(*) FROM person")).scalar_one())


def write_roster(folder: Path, *rows: str) -> str:
    file = folder / "花名册.csv"
    file.write_text("\n".join([HEADERS, *rows]), encoding="utf-8")
    return str(file)


def test_a_roster_is_looked_at_first_and_stored_when_asked(run: Run, database: Database, tmp_path: Path):
    number = make_citizen_id().digits
    file = write_roster(tmp_path, f"李桂芳,{number},13900001234,晋宁区,昆阳街道,田心村,现有")

    looked = run("roster", "import", file, "--region", "jinning")
    stored_after_looking = count_people(database)
    accepted = run("roster", "import", file, "--region", "jinning", "--accept")

    assert looked.exit_code == 0, looked.output
    assert "new 1, changed 0" in looked.output
    assert stored_after_looking == 0
    assert accepted.exit_code == 0, accepted.output
    assert count_people(database) == 1
    assert number not in looked.output + accepted.output


def test_problems_end_with_status_1_and_are_told_by_row_and_column(run: Run, tmp_path: Path):
    file = write_roster(tmp_path, "李桂芳,123,13900001234,晋宁区,昆阳街道,田心村,外星人")

    refused = run("roster", "import", file, "--region", "jinning", "--accept")

    assert refused.exit_code == 1
    assert "row 2, 人员类别: 只能填这几个词里的一个" in refused.output


def test_a_file_of_another_kind_is_refused_in_words_that_say_what_to_do(run: Run, tmp_path: Path):
    file = tmp_path / "花名册.csv"
    file.write_bytes("姓名\n李桂芳\n".encode("utf-16"))

    refused = run("roster", "import", str(file), "--region", "jinning")

    assert refused.exit_code == 1
    assert "另存为 .xlsx" in refused.output


def test_where_several_regions_are_served_one_is_named(run: Run, tmp_path: Path):
    refused = run("roster", "import", write_roster(tmp_path))

    assert refused.exit_code == 1
    assert "--region is one of: jinning" in refused.output


def test_nobody_stands_for_a_file_who_does_not_work_there(run: Run, tmp_path: Path):
    row = f"李桂芳,{make_citizen_id().digits},13900001234,晋宁区,昆阳街道,田心村,现有"
    file = write_roster(tmp_path, row)

    refused = run("roster", "import", file, "--region", "jinning", "--accept", "--staff", "nobody")

    assert refused.exit_code == 1
    assert "no_such_account" in refused.output


@pytest.mark.parametrize("arguments", [("demo",), ("demo", "build"), ("demo", "people"), ("demo", "reset")])
def test_outside_the_demo_there_are_no_made_up_people(run: Run, arguments: tuple[str, ...]):
    refused = run(*arguments, demo="0")

    assert refused.exit_code == 1
    assert "PORTAL_DEMO=1" in refused.output


def test_who_lives_and_works_there_is_listed_for_scripts(run: Run):
    listed = json.loads(run("demo", "people", "--json").output)

    citizens = [each for each in listed if each["kind"] == "citizen"]
    staff = [each for each in listed if each["kind"] == "staff"]
    assert {"region", "name", "citizen_number", "shows"} <= set(citizens[0])
    assert {"role", "login", "password", "totp_secret"} <= set(staff[0])
    assert citizens[0]["region"] == "jinning"
    assert len(citizens) > 40


def test_made_up_people_are_not_mixed_with_those_who_are_there(run: Run):
    given = ("--name", "周会计", "--job-no", "0399", "--region", "jinning", "--role", "clerk")
    added = run("staff", "add", "zhou", *given, typed=make_citizen_id().digits)

    refused = run("demo", "build")

    assert added.exit_code == 0, added.output
    assert refused.exit_code == 1
    assert "portal demo reset" in refused.output


def test_a_csv_is_read_in_flat_memory(tmp_path: Path):
    told = [
        subprocess.run(
            [sys.executable, str(BENCH), "--examine", str(rows), "--folder", str(tmp_path)],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for rows in (6_000, 60_000)
    ]

    small, large = map(int, told)
    assert large - small < 16 * 1024  # in KB; kept as objects, the rows would take 60 MB
