"""`portal claims check` on a database of its own."""

from pathlib import Path

from click.testing import CliRunner
from sqlalchemy import update

from portal.cli import main
from portal.domain.claim_kinds import ClaimKind
from portal.services import filing
from portal.services.work import begin_work
from portal.storage import schema
from portal.storage.database import Database
from portal.storage.models.claims import ClaimRecord
from tests.builders import NOW, citizen_actor, make_house, make_person


def test_a_state_that_its_history_does_not_bear_out_is_named(tmp_path: Path):
    database = Database(f"sqlite:///{tmp_path / 'portal.sqlite'}")
    schema.upgrade(database)
    house = make_house(database, tmp_path, matcher=None)
    person = make_person(house)
    with begin_work(house, citizen_actor(person), lambda _: NOW) as work:
        answers = {"year": 2026, "months": 12, "payee": "own"}
        filing.file_claim(work, person, ClaimKind.REIMBURSEMENT, answers, ("contribution_receipt",))
    environment = {
        "PORTAL_DATA": str(tmp_path / "data"),
        "PORTAL_DEMO": "1",
        "DATABASE_URL": database.url.render_as_string(hide_password=False),
    }

    sound = CliRunner().invoke(main, ["claims", "check"], env=environment)
    with database.writing() as session:
        session.execute(update(ClaimRecord).values(state="paid"))
    forged = CliRunner().invoke(main, ["claims", "check"], env=environment)

    database.close()

    assert sound.exit_code == 0, sound.output
    assert forged.exit_code == 1
    assert "JN2026-0001: kept as paid, its history says submitted" in forged.output
