"""`portal staff` and `portal audit` on a database of their own."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from portal.cli import main
from portal.crypto.key_ring import KeyRing
from portal.domain.staff import SignInReset
from portal.storage import audit as stored_audit
from portal.storage import schema
from portal.storage.audit import RecordedActor
from portal.storage.database import Database
from tests.builders import NOW, make_citizen_id

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
    def run(*arguments: str, typed: str = "") -> Result:
        url = database.url.render_as_string(hide_password=False)
        env = {"PORTAL_DATA": str(data_folder), "PORTAL_DEMO": "1", "DATABASE_URL": url}
        return CliRunner().invoke(main, arguments, env=env, input=typed)

    return run


def add(run: Run, login: str, number: str, *roles: str) -> Result:
    chosen = [part for role in roles for part in ("--role", role)]
    given = ("--name", "周会计", "--job-no", "0399", "--region", "jinning", *chosen)
    return run("staff", "add", login, *given, typed=f"{number}\n")


def test_one_person_gets_two_accounts_and_stays_one_person(run: Run, database: Database):
    number = make_citizen_id().digits

    assert add(run, "zhou", number, "cashier").exit_code == 0
    second = add(run, "zhou-2", number, "first_reviewer", "approver")

    assert second.exit_code == 0, second.output
    assert number not in second.output
    with database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM staff_person")).scalar_one() == 1
        assert session.execute(text("SELECT count(*) FROM staff_account")).scalar_one() == 2
    database.close()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"login": ""}, "login_unsound"),
        ({"login": "Wang 6 ; x"}, "login_unsound"),
        ({"--name": " "}, "staff_name_unsound"),
        ({"--job-no": "03 99"}, "job_number_unsound"),
        ({"--region": "nowhere"}, "region_not_served"),
        ({"--region": "linyi"}, "region_not_served"),
        ({"--town": "没有镇"}, "unknown_town"),
        ({"--town": "上蒜镇", "--role": "auditor"}, "role_of_whole_county"),
    ],
)
def test_no_account_is_added_that_nobody_could_use(
    run: Run, database: Database, monkeypatch: pytest.MonkeyPatch, changes: dict[str, str], code: str
):
    monkeypatch.setenv("PORTAL_REGIONS", "jinning")
    sound = {
        "login": "zhou",
        "--name": "周会计",
        "--job-no": "0399",
        "--region": "jinning",
        "--role": "clerk",
    }
    login, *given = {**sound, **changes}.items()
    options = [part for option in given for part in option]

    refused = run("staff", "add", login[1], *options, typed=f"{make_citizen_id().digits}\n")

    assert refused.exit_code == 1
    assert f"({code})" in refused.output
    with database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM staff_account")).scalar_one() == 0
    database.close()


@pytest.mark.parametrize(("name", "job_no"), [("周会记", "0399"), ("周会计", "0400")])
def test_a_known_person_gets_no_account_under_another_name_or_job_number(run: Run, name: str, job_no: str):
    number = make_citizen_id().digits
    add(run, "zhou", number, "cashier")

    given = ("--name", name, "--job-no", job_no, "--region", "jinning", "--role", "clerk")
    refused = run("staff", "add", "zhou-2", *given, typed=f"{number}\n")

    assert refused.exit_code == 1
    assert "(known_otherwise)" in refused.output


def test_an_account_that_waits_is_listed_as_such_until_an_operator_has_looked_at_it(
    run: Run, database: Database, data_folder: Path
):
    add(run, "zhou", make_citizen_id().digits, "cashier")
    keys = KeyRing.from_json((data_folder / "keys.json").read_text("utf-8"))
    with database.writing() as session:
        by = RecordedActor("staff", 7, "0007")
        done = [("jinning", SignInReset(1))]
        stored_audit.write(session, keys, done, actor=by, at=NOW, request_id=None)

    assert "waits to be confirmed" in run("staff", "list").output
    run("staff", "review", "zhou", "--role", "cashier")
    assert "waits to be confirmed" not in run("staff", "list").output
    database.close()


def test_accounts_are_reviewed_reset_disabled_and_listed(run: Run):
    add(run, "zhou", make_citizen_id().digits, "cashier")

    assert "approver" in run("staff", "review", "zhou", "--role", "approver").output
    reset = run("staff", "reset", "zhou").output
    assert "first password" in reset
    assert "second factor" in reset
    assert run("staff", "disable", "zhou").exit_code == 0
    listed = run("staff", "list").output

    assert "approver" in listed
    assert "disabled" in listed


@pytest.mark.parametrize(
    "arguments",
    [("disable", "nobody"), ("reset", "nobody"), ("review", "nobody", "--role", "clerk")],
)
def test_an_account_that_there_is_not_is_refused(run: Run, arguments: tuple[str, ...]):
    result = run("staff", *arguments)

    assert result.exit_code == 1
    assert "no_such_account" in result.output


def test_a_whole_chain_is_told_with_its_heads_and_a_broken_one_with_its_row(run: Run, database: Database):
    add(run, "zhou", make_citizen_id().digits, "cashier")
    run("staff", "reset", "zhou")
    whole = run("audit", "check")
    with database.writing() as session:
        session.execute(text("DROP TRIGGER audit_event_refuses_update"))
        session.execute(text("UPDATE audit_event SET job_no = '0001' WHERE sequence = 1"))
    database.close()

    broken = run("audit", "check")

    assert whole.exit_code == 0, whole.output
    assert whole.output.startswith("jinning:2:")
    assert broken.exit_code == 1
    assert "jinning row 1: the row is not what was written" in broken.output


def test_a_region_with_people_whose_log_and_head_are_gone_is_told(run: Run, database: Database):
    add(run, "zhou", make_citizen_id().digits, "cashier")
    with database.writing() as session:
        session.execute(text("DROP TRIGGER audit_event_refuses_delete"))
        for table in ("audit_event", "audit_head"):
            session.execute(text(f"DELETE FROM {table}"))
    database.close()

    emptied = run("audit", "check")

    assert emptied.exit_code == 1
    assert "jinning row 0: the head is gone" in emptied.output


def test_every_head_that_was_given_is_looked_at(run: Run):
    add(run, "zhou", make_citizen_id().digits, "cashier")
    right = run("audit", "check").output.strip()
    wrong = f"jinning:1:{'00' * 32}"

    for heads in ([wrong, right], [right, wrong]):
        checked = run("audit", "check", *(part for head in heads for part in ("--head", head)))

        assert checked.exit_code == 1
        assert "jinning row 1: the head" in checked.output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ("--head", f"jinning:main:4:{'00' * 32}"),
            "is the head of a ledger; give it to `portal ledger check`",
        ),
        (("--head", f"jinning/main:4:{'00' * 32}"), "is no head such as jinning:42:"),
        (("--head", "jinning:4:00"), "is no head such as jinning:42:"),
        (("--head", f"linyi:4:{'00' * 32}", "--region", "jinning"), "linyi is not of jinning"),
        (("--region", "atlantis"), "there is no 'atlantis'; there are guangdong, hedong, house,"),
    ],
)
def test_what_an_audit_check_cannot_look_at_is_refused_in_words(
    run: Run, arguments: tuple[str, ...], told: str
):
    answer = run("audit", "check", *arguments)

    assert answer.exit_code == 2
    assert told in " ".join(answer.output.split())


def test_one_region_is_checked_without_the_others(run: Run, database: Database):
    add(run, "zhou", make_citizen_id().digits, "cashier")
    with database.writing() as session:
        session.execute(text("UPDATE audit_head SET mac = x'00'"))
    database.close()

    assert run("audit", "check", "--region", "linyi").exit_code == 0
    assert run("audit", "check", "--region", "jinning").exit_code == 1


def test_an_old_copy_of_the_whole_log_is_found_by_a_noted_head(run: Run, database: Database):
    add(run, "zhou", make_citizen_id().digits, "cashier")
    database.close()

    result = run("audit", "check", "--head", f"jinning:7:{'00' * 32}")

    assert result.exit_code == 1
    assert "jinning row 2: the last rows are gone" in result.output
