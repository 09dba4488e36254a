"""What stands in the database, held against what the portal said it had done."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.crypto.errors import CannotOpen
from portal.domain.claims import ClaimAct, ClaimState
from portal.domain.claims import Step as ReviewStep
from portal.services import audit, claims, ledger, receipts
from portal.services.work import SYSTEM, House, Work, begin_reading
from portal.storage import receipts as stored_receipts
from portal.storage.blobs import BlobMissing
from portal.storage.models.audit import AuditRecord
from portal.storage.models.claims import (
    ClaimEventRecord,
    ClaimRecord,
    ClaimSlotRecord,
    DecisionRecord,
    DraftRecord,
    HandlerRecord,
    PaymentFileRecord,
    PaymentRecord,
    ReceiptRecord,
    SubsidyYearRecord,
)
from portal.storage.models.ledger import EntryRecord
from portal.storage.models.messages import NoticeRecord
from tests.chaos.errands import MONTHS, YEAR, Acknowledged, Step

_PASSES = (Step.FIRST_REVIEW, Step.SECOND_REVIEW, Step.APPROVAL)


@dataclass
class Verdict:
    """What is wrong: said to be done and not there, there twice, there in part, or not as it was written."""

    acknowledged: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    half: list[str] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.lost or self.doubled or self.half)

    def __add__(self, other: "Verdict") -> "Verdict":
        """Both together."""
        return Verdict(
            self.acknowledged + other.acknowledged,
            self.lost + other.lost,
            self.doubled + other.doubled,
            self.half + other.half,
        )


def judge(house: House, acknowledged: Sequence[Acknowledged]) -> Verdict:
    """Hold everything that was acknowledged against the database, the receipts, and the chains."""
    with begin_reading(house, SYSTEM, lambda _: datetime.now(UTC)) as work:
        seen = Seen.read(work.session)
        return Verdict(
            acknowledged=len(acknowledged),
            lost=[f"person {each.person_id}: {each.step}" for each in acknowledged if not seen.has(each)],
            doubled=list(seen.list_doubled()),
            half=[*seen.list_halves(), *_list_unreadable(work), *_list_broken(work)],
        )


@dataclass
class Seen:
    """The rows of all villagers, by person."""

    drafts: dict[int, dict[str, Any]]
    claims: dict[int, list[Any]]
    events: dict[int, Counter[str]]
    receipts: dict[int, list[str]]
    slots: Counter[int]
    handlers: dict[int, set[str]]
    decisions: Counter[int]
    payments: dict[int, list[Any]]
    entries: dict[int, list[str]]
    notices: dict[int, Counter[str]]
    audited: dict[int, Counter[str]]
    years: Counter[int]
    file_sums: dict[int, tuple[int, Any]]

    @classmethod
    def read(cls, session: Session) -> "Seen":
        """Read them all from one snapshot."""
        return cls(
            drafts={
                row.person_id: row.answers
                for row in session.execute(select(DraftRecord.person_id, DraftRecord.answers))
            },
            claims=_grouped(
                session.execute(
                    select(
                        ClaimRecord.person_id,
                        ClaimRecord.id,
                        ClaimRecord.number,
                        ClaimRecord.answers,
                        ClaimRecord.state,
                    )
                )
            ),
            events=_counted(session.execute(select(ClaimEventRecord.claim_id, ClaimEventRecord.act))),
            receipts={
                person: [blob for _, blob in rows]
                for person, rows in _grouped(
                    session.execute(select(ReceiptRecord.person_id, ReceiptRecord.blob))
                ).items()
            },
            slots=Counter(session.scalars(select(ClaimSlotRecord.claim_id))),
            handlers={
                claim: {act for _, act in rows}
                for claim, rows in _grouped(
                    session.execute(select(HandlerRecord.claim_id, HandlerRecord.act))
                ).items()
            },
            decisions=Counter(session.scalars(select(DecisionRecord.claim_id))),
            payments=_grouped(
                session.execute(
                    select(
                        PaymentRecord.claim_id,
                        PaymentRecord.id,
                        PaymentRecord.file_id,
                        PaymentRecord.outcome,
                    )
                )
            ),
            entries={
                claim: [key for _, key in rows]
                for claim, rows in _grouped(
                    session.execute(
                        select(EntryRecord.claim_id, EntryRecord.idempotency_key).where(
                            EntryRecord.claim_id.is_not(None)
                        )
                    )
                ).items()
            },
            notices=_counted(session.execute(select(NoticeRecord.claim_id, NoticeRecord.wording))),
            audited=_counted(
                session.execute(
                    select(AuditRecord.subject_id, AuditRecord.act).where(AuditRecord.subject_kind == "claim")
                )
            ),
            years=Counter(session.scalars(select(SubsidyYearRecord.person_id))),
            file_sums={
                row.id: (row.lines, row.count)
                for row in session.execute(
                    select(
                        PaymentFileRecord.id,
                        PaymentFileRecord.lines,
                        func.count(PaymentRecord.id).label("count"),
                    )
                    .outerjoin(PaymentRecord, PaymentRecord.file_id == PaymentFileRecord.id)
                    .group_by(PaymentFileRecord.id, PaymentFileRecord.lines)
                )
            },
        )

    def has(self, each: Acknowledged) -> bool:
        """Whether what was acknowledged is there."""
        person = each.person_id
        filed = self.claims.get(person, [])
        answers = filed[0].answers if filed else self.drafts.get(person)
        events = self.events[filed[0].id] if filed else Counter[str]()
        match each.step:
            case Step.BEGUN:
                return answers is not None
            case Step.YEAR | Step.MONTHS | Step.PAYEE:
                return answers is not None and str(answers.get(str(each.step))) == each.detail
            case Step.PHOTO:
                return bool(self.receipts.get(person))
            case Step.FILED:
                return bool(filed) and filed[0].number == each.detail.split("/")[2]
            case Step.SENT:
                return bool(filed) and events[ClaimAct.SEND] > 0
            case Step.PAID:
                return bool(filed) and events[ClaimAct.PAY] > 0
        return events[ClaimAct.PASS] > _PASSES.index(each.step)

    def list_doubled(self) -> Iterator[str]:
        """What is there more than once, though each was wanted once."""
        for person, filed in self.claims.items():
            if len(filed) > 1:
                yield f"person {person}: {len(filed)} claims"
        for person, blobs in self.receipts.items():
            if len(blobs) > 1:
                yield f"person {person}: {len(blobs)} receipts"
        for person, times in self.years.items():
            if times > 1:
                yield f"person {person}: {times} subsidised years"
        for claim, events in self.events.items():
            for act, most in ((ClaimAct.FILE, 1), (ClaimAct.PASS, 3), (ClaimAct.SEND, 1), (ClaimAct.PAY, 1)):
                if events[act] > most:
                    yield f"claim {claim}: {events[act]} times {act}"
        for claim, payments in self.payments.items():
            if len(payments) > 1:
                yield f"claim {claim}: {len(payments)} payments"
        for claim, notices in self.notices.items():
            yield from (f"claim {claim}: told {wording} {n} times" for wording, n in notices.items() if n > 1)

    def list_halves(self) -> Iterator[str]:
        """Acts of which one part is there and another is not."""
        for person, filed in self.claims.items():
            if person in self.drafts:
                yield f"person {person}: filed, and the draft still stands"
            for claim in filed:
                yield from self._halves_of(person, claim)
        yield from (
            f"payment file {file}: {there} of {lines} lines"
            for file, (lines, there) in self.file_sums.items()
            if lines != there
        )

    def _halves_of(self, person: int, claim: Any) -> Iterator[str]:
        events, audited = self.events[claim.id], self.audited[claim.id]
        payments = self.payments.get(claim.id, [])
        sent, paid, passed = events[ClaimAct.SEND], events[ClaimAct.PAY], events[ClaimAct.PASS]
        outcomes = [payment.outcome for payment in payments]
        expected = {
            "filing events": (events[ClaimAct.FILE], 1),
            "filings on record": (audited["claim_filed"], 1),
            "years held": (self.slots[claim.id], 2),
            "receipts": (len(self.receipts.get(person, [])), 1),
            "answers": (
                (str(claim.answers.get("year")), str(claim.answers.get("months"))),
                (YEAR, MONTHS),
            ),
            "decisions": (self.decisions[claim.id], passed + sent),
            "decisions on record": (audited["claim_decided"], passed),
            "handlers": (len(self.handlers.get(claim.id, ())), passed + sent),
            "told that it was filed": (self.notices[claim.id]["claim_filed"], 1),
            "payments": (len(payments), sent),
            "payments that came through": (outcomes.count("paid"), paid),
            "entries of the ledger": (len(self.entries.get(claim.id, ())), sent + paid),
            "subsidised years": (self.years[person], paid),
            "disbursement among the handlers": (
                ReviewStep.DISBURSEMENT in self.handlers.get(claim.id, ()),
                bool(sent),
            ),
            "stands as paid": (claim.state == ClaimState.PAID, bool(paid)),
        }
        for what, (there, wanted) in expected.items():
            if there != wanted:
                yield f"claim {claim.number}: {what}: {there} instead of {wanted}"


def _list_unreadable(work: Work) -> Iterator[str]:
    """Receipts of which a row speaks and whose file is gone or torn."""
    for receipt_id, person in work.session.execute(select(ReceiptRecord.id, ReceiptRecord.person_id)).all():
        try:
            receipts.open_page(work, stored_receipts.get_receipt(work.session, receipt_id), 1, small=True)
        except (BlobMissing, CannotOpen):
            yield f"person {person}: the file of a receipt is gone or torn"


def _list_broken(work: Work) -> Iterator[str]:
    """What the portal's own checks find: chains, sums, and states that do not follow from history."""
    yield from (f"audit {each.region} row {each.sequence}: {each.fault}" for each in audit.check(work))
    yield from (f"ledger {each.place}: {each.fault}" for each in ledger.check(work))
    yield from (
        f"claim {number}: {kept}, not {folded}" for number, kept, folded in claims.list_state_faults(work)
    )


def _grouped(rows: Iterable[Any]) -> dict[int, list[Any]]:
    groups: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        groups[row[0]].append(row)
    return dict(groups)


def _counted(rows: Iterable[Any]) -> dict[int, Counter[str]]:
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    for key, value in rows:
        counts[key][value] += 1
    return counts
