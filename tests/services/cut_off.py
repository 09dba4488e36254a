"""An act that is cut off before each of its statements in turn, as when the machine stops there."""

from collections.abc import Callable

from sqlalchemy import event, func, select

from portal.services.work import House
from portal.storage.models import Base
from portal.storage.models.claims import ClaimRecord

Rows = dict[str, object]


class PowerCut(Exception):
    """The machine stops here."""


def cut_off_everywhere(house: House, act: Callable[[], object]) -> int:
    """Cut an act off at its first statement, then at its second, until it comes through.

    Each time nothing of it may be left behind. Returns how many statements it has.
    """
    before = count_rows(house)
    statements = 0
    while not _comes_through(house, act, statements + 1):
        statements += 1
        assert count_rows(house) == before, f"statement {statements} left something behind"
    return statements


def count_rows(house: House) -> Rows:
    """How many rows each table has, and where each claim stands."""
    tables = Base.metadata.sorted_tables
    counts = [select(func.count()).select_from(table).scalar_subquery() for table in tables]
    with house.database.reading() as session:
        rows: Rows = dict(
            zip((table.name for table in tables), session.execute(select(*counts)).one(), strict=True)
        )
        rows["states"] = session.execute(
            select(ClaimRecord.id, ClaimRecord.state, ClaimRecord.amount).order_by(ClaimRecord.id)
        ).all()
    return rows


def _comes_through(house: House, act: Callable[[], object], at: int) -> bool:
    seen = 0

    def cut(*_: object) -> None:
        nonlocal seen
        seen += 1
        if seen == at:
            raise PowerCut

    event.listen(house.database.engine, "before_cursor_execute", cut)
    try:
        act()
    except PowerCut:
        return False
    finally:
        event.remove(house.database.engine, "before_cursor_execute", cut)
    return True
