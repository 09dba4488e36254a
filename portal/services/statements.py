"""The printed statement: one page of what is on record, with a code by which anybody can check the paper."""

import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, ClassVar, Self

from portal.domain.audit import Act
from portal.domain.enrolment import Scheme
from portal.domain.errors import Refusal
from portal.domain.identity import PAPER_LETTERS, Limit, fold_code
from portal.domain.ledger.accounts import Kind, Source
from portal.domain.money import ZERO, Yuan
from portal.domain.policy import Citation
from portal.papers.qr import draw_qr
from portal.services import audit
from portal.services.records import Record, read_record
from portal.services.work import House, Work
from portal.storage import identity as stored_identity
from portal.storage import statements as stored_statements
from portal.storage.statements import StoredStatement

CODE_LENGTH = 8

# Whoever guesses faces 31 to the eighth codes; a counter at a bank may check many papers.
CHECKS_BY_ADDRESS = Limit("statement_check_address", 60, timedelta(hours=1))

_CODE = "statement"
_DERIVED = "statement code"


class NoSuchStatement(Refusal):
    """There is no such statement, or it is somebody else's."""

    code: ClassVar[str] = "no_such_statement"


@dataclass(frozen=True)
class StatementPrinted(Act):
    """A villager printed a statement."""

    subject: ClassVar[str] = "person"
    person_id: int


@dataclass(frozen=True)
class PrintedYear:
    """A subsidised contribution year as it is printed; ``movement`` tells where the money went."""

    year: int
    movement: str
    amount: Yuan


@dataclass(frozen=True)
class Printed:
    """All that stands on the paper; nothing else is kept of it, or shown to whoever checks it."""

    region: str
    name: str
    insurance_no: str
    town: str
    village: str
    scheme: Scheme
    data_as_of: date
    opening_years: int
    years: tuple[PrintedYear, ...]
    account: tuple[tuple[Source, Yuan], ...]
    special_ledger: tuple[tuple[Source, Yuan], ...]
    because: tuple[Citation, ...]

    @cached_property
    def years_total(self) -> Yuan:
        """What the printed years come to."""
        return sum((each.amount for each in self.years), ZERO)

    @cached_property
    def account_total(self) -> Yuan:
        """What the account holds."""
        return sum((amount for _, amount in self.account), ZERO)

    @cached_property
    def special_total(self) -> Yuan:
        """What the special ledger holds."""
        return sum((amount for _, amount in self.special_ledger), ZERO)

    def to_plain(self) -> dict[str, Any]:
        """As it is stored."""
        return {
            "region": self.region,
            "name": self.name,
            "insurance_no": self.insurance_no,
            "town": self.town,
            "village": self.village,
            "scheme": self.scheme.value,
            "data_as_of": self.data_as_of.isoformat(),
            "opening_years": self.opening_years,
            "years": [[each.year, each.movement, str(each.amount)] for each in self.years],
            "account": [[source.value, str(amount)] for source, amount in self.account],
            "special_ledger": [[source.value, str(amount)] for source, amount in self.special_ledger],
            "because": [[each.document, each.clause, each.quote] for each in self.because],
        }

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        """As it was printed."""
        return cls(
            region=plain["region"],
            name=plain["name"],
            insurance_no=plain["insurance_no"],
            town=plain["town"],
            village=plain["village"],
            scheme=Scheme(plain["scheme"]),
            data_as_of=date.fromisoformat(plain["data_as_of"]),
            opening_years=plain["opening_years"],
            years=tuple(PrintedYear(year, movement, Decimal(fen)) for year, movement, fen in plain["years"]),
            account=_sources(plain["account"]),
            special_ledger=_sources(plain["special_ledger"]),
            because=tuple(Citation(*each) for each in plain["because"]),
        )


@dataclass(frozen=True)
class Statement:
    """A printed statement with the code on it, grouped for the eye: ``7K3M-Q9TD``."""

    id: int
    printed: Printed
    printed_at: datetime
    code: str


def print_statement(work: Work) -> int:
    """Keep what the signed-in villager's statement says today; returns its row."""
    assert work.actor.person_id is not None  # noqa: S101  the page is open to villagers only
    person_id = work.actor.person_id
    serial = secrets.token_hex(8)
    printed = _snapshot(read_record(work, person_id))
    statement_id = stored_statements.add_statement(
        work.session,
        code_hash=work.keys.token_hash(_CODE, _derive(work.keys.token_hash(_DERIVED, serial))),
        person_id=person_id,
        printed_at=work.now,
        printed={"serial": serial, **printed.to_plain()},
    )
    audit.record(work, StatementPrinted(person_id))
    return statement_id


def get_own_statement(work: Work, statement_id: int) -> Statement:
    """A statement of the signed-in villager; raises ``NoSuchStatement``."""
    assert work.actor.person_id is not None  # noqa: S101  the page is open to villagers only
    stored = stored_statements.find_own(work.session, statement_id, work.actor.person_id)
    if stored is None:
        raise NoSuchStatement
    return _statement(stored, _code_of(work, stored))


def count_check(work: Work, address: str) -> bool:
    """Count a check of a paper, and say whether it may go on; work of its own, done first."""
    key = work.keys.token_hash(CHECKS_BY_ADDRESS.subject, address)
    window = CHECKS_BY_ADDRESS.window_of(work.now)
    made = stored_identity.count_attempt(work.session, CHECKS_BY_ADDRESS.subject, key, window)
    return made <= CHECKS_BY_ADDRESS.most


def is_code(typed: str) -> bool:
    """Whether this has the shape of a code, with or without its dash."""
    folded = fold_code(typed)
    return len(folded) == CODE_LENGTH and set(folded) <= set(PAPER_LETTERS)


def find_statement(work: Work, typed: str) -> Statement | None:
    """The statement with this code, or ``None`` where no such paper was ever printed."""
    code = fold_code(typed)
    stored = stored_statements.find_by_code(work.session, work.keys.token_hashes(_CODE, code))
    return None if stored is None else _statement(stored, code)


def draw_check_code(house: House, statement: Statement, title: str) -> str:
    """The QR code on the paper, as SVG: the address of the public page that says what was printed.

    The code stands in the path, so that any telephone opens the page without a script. It says nothing
    of anybody by itself, and what it leads to is what its holder has in hand.
    """
    return draw_qr(f"{house.public_url}/verify/{fold_code(statement.code)}", title)


def _statement(stored: StoredStatement, code: str) -> Statement:
    half = CODE_LENGTH // 2
    return Statement(
        stored.id, Printed.from_plain(stored.printed), stored.printed_at, f"{code[:half]}-{code[half:]}"
    )


def _snapshot(record: Record) -> Printed:
    person = record.person
    figures = (
        record.years_left,
        *(record.explain_held(kind) for kind in (Kind.PERSONAL_ACCOUNT, Kind.SPECIAL_LEDGER)),
    )
    because = dict.fromkeys(
        citation for figure in figures if figure is not None for citation in figure.because
    )
    return Printed(
        region=record.region.id,
        name=person.name,
        insurance_no=person.insurance_no or "",
        town=person.town,
        village=person.village,
        scheme=person.scheme,
        data_as_of=person.data_as_of,
        opening_years=person.opening_used_years,
        years=tuple(PrintedYear(each.year, each.movement, each.amount) for each in record.subsidised),
        account=tuple(record.account.items()),
        special_ledger=tuple(record.special_ledger.items()),
        because=tuple(because),
    )


def _sources(plain: Any) -> tuple[tuple[Source, Yuan], ...]:
    return tuple((Source(source), Decimal(amount)) for source, amount in plain)


def _code_of(work: Work, stored: StoredStatement) -> str:
    """The code again: it follows from the row's serial and a key, so that it is kept nowhere.

    A key that has left the ring took its codes with it; such a paper can be checked no more.
    """
    for derived in work.keys.token_hashes(_DERIVED, stored.printed["serial"]):
        code = _derive(derived)
        if stored.code_hash in work.keys.token_hashes(_CODE, code):
            return code
    raise NoSuchStatement


def _derive(keyed_hash: bytes) -> str:
    number = int.from_bytes(keyed_hash)
    letters = []
    for _ in range(CODE_LENGTH):
        number, letter = divmod(number, len(PAPER_LETTERS))
        letters.append(PAPER_LETTERS[letter])
    return "".join(letters)
