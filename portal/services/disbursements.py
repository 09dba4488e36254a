"""From approved claims to the bank and back: payment files, the bank's answers, and the entries they post."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from portal.domain.citizens import Person
from portal.domain.claim_kinds import ClaimKind
from portal.domain.claims import ClaimAct, NoSuchClaim, Step, course_of
from portal.domain.errors import Refusal
from portal.domain.ledger.entries import Entry
from portal.domain.ledger.movements import Movement
from portal.domain.money import Yuan
from portal.domain.payments import (
    BankLayout,
    BankReturnTakenIn,
    NoSuchPaymentFile,
    NothingToPay,
    NotPayable,
    Outcome,
    PayeeChanged,
    PayeeHeld,
    PaymentField,
    PaymentFileMade,
    PaymentFileTakenOut,
    ReturnedBefore,
    ReturnHeadersWrong,
    ReturnRow,
    ReturnUnreadable,
    Sent,
    draw,
    pay_out,
    reconcile,
    return_sheet,
)
from portal.domain.review import check_handler
from portal.domain.sheets import Circumstances, HeaderNotFound, SheetProblem, find_header, read_lines
from portal.services import audit, claim_history, claim_payees, ledger, reviews
from portal.services.claim_cases import is_own_claim
from portal.services.claim_helpers import list_handlers
from portal.services.claims import PayeeMissing
from portal.services.reach import is_in_reach
from portal.services.work import Work
from portal.spreadsheets.reading import open_sheet
from portal.spreadsheets.writing import Cell, write_csv, write_xlsx
from portal.storage import citizens as stored_citizens
from portal.storage import claims as stored_claims
from portal.storage import ledger as stored_ledger
from portal.storage import payments as stored_payments
from portal.storage.claims import Claim
from portal.storage.payments import NewPayment, Payment, PaymentFile, SealedPayment

_MOST_ROWS_NAMED = 20
_LONGEST_HEADER_NAMED = 12
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True)
class Payable:
    """An approved claim with why it cannot be paid just now, if so."""

    claim: Claim
    person: Person
    hindrance: Refusal | None


@dataclass(frozen=True)
class OpenedFile:
    """A payment file with its lines."""

    file: PaymentFile
    payments: tuple[Payment, ...]


# -- To the bank --------------------------------------------------------------------------------------------


def list_payable(work: Work) -> list[Payable]:
    """Approved claims within the actor's reach, each held against its guards once more."""
    assert work.actor.region is not None  # noqa: S101  the desk is open to staff only
    found = []
    for claim_id in stored_payments.list_approved(work.session, work.actor.region, work.actor.town):
        claim = stored_claims.get_claim(work.session, claim_id)
        person = stored_citizens.get_person(work.session, claim.person_id)
        found.append(Payable(claim, person, _why_not(work, claim, person)))
    return found


def make_file(work: Work, claim_ids: Sequence[int]) -> PaymentFile:
    """Make a payment file of approved claims. All of them or none; each is sent once.

    Raises:
        NothingToPay: none was chosen.
        NotPayable: one of them cannot be paid; ``facts`` has its ``number`` and the ``cause``.
    """
    if not claim_ids:
        raise NothingToPay
    actor = work.actor
    assert actor.region is not None and actor.staff_person_id is not None  # noqa: S101, PT018  open to staff
    locked = [stored_claims.lock_claim(work.session, claim_id) for claim_id in sorted(set(claim_ids))]
    planned = [(claim, each) for claim in locked for each in _plan(work, claim)]
    beginning = f"{work.packs.get(actor.region).claim_prefix}F{work.today:%Y%m%d}-"
    file, payment_ids = stored_payments.add_file(
        work.session,
        region=actor.region,
        beginning=beginning,
        by=actor.staff_person_id,
        payments=[payment for _, payment in planned],
        now=work.now,
    )
    for claim in locked:
        _send(work, claim, file)
    audit.record(work, PaymentFileMade(file.id, file.lines, file.total))
    for (claim, payment), payment_id in zip(planned, payment_ids, strict=True):
        _post_sent(work, claim, payment_id, payment.amount)
    return file


def list_files(work: Work) -> list[PaymentFile]:
    """The payment files within the actor's reach, newest first."""
    assert work.actor.region is not None  # noqa: S101  the desk is open to staff only
    return stored_payments.list_files(work.session, work.actor.region, work.actor.town)


def open_file(work: Work, file_id: int) -> OpenedFile:
    """A payment file with its lines; raises ``NoSuchPaymentFile``."""
    file = _own(work, stored_payments.get_file(work.session, file_id))
    return OpenedFile(file, tuple(stored_payments.list_payments(work.session, file.id)))


def take_out_csv(work: Work, file_id: int) -> tuple[PaymentFile, Iterator[bytes]]:
    """A payment file as a CSV in the bank's layout. Accounts are opened line by line as it is read.

    Raises:
        NoSuchPaymentFile: there is none, or it is out of reach.
        PayeeChanged: an account is no longer the one that the file was made for.
    """
    file, layout, sealed = _take_out(work, file_id, "csv")
    return file, write_csv(_headers(layout), _cells(work, file, layout, sealed))


def take_out_xlsx(work: Work, file_id: int) -> tuple[PaymentFile, bytes]:
    """A payment file as a workbook, made in memory; raises as ``take_out_csv``."""
    file, layout, sealed = _take_out(work, file_id, "xlsx")
    return file, write_xlsx(file.number, _headers(layout), _cells(work, file, layout, sealed))


def _why_not(work: Work, claim: Claim, person: Person) -> Refusal | None:
    try:
        _check(work, claim, person)
    except Refusal as refusal:
        return refusal
    return None


def _check(work: Work, claim: Claim, person: Person) -> Yuan:
    """Refuse unless the actor may pay this claim now; returns what is to be paid in all."""
    course_of(claim.kind).next_state(claim.state, ClaimAct.SEND)
    check_handler(
        Step.DISBURSEMENT,
        list_handlers(work, claim),
        work.actor.desk_person_id,
        work.actor.roles,
        is_own_claim=is_own_claim(work, person),
    )
    if person.payee_held_until is not None and person.payee_held_until > work.now:
        raise PayeeHeld(until=person.payee_held_until)
    return reviews.check_claim_again(work, claim, person)


def _plan(work: Work, claim: Claim) -> list[NewPayment]:
    """Whom a claim pays how much, without those whom the bank has paid already."""
    if not is_in_reach(work.actor, claim.region, claim.town):
        raise NoSuchClaim
    person = stored_citizens.lock_person(work.session, claim.person_id)
    try:
        amount = _check(work, claim, person)
        payments = _share_out(work, claim, person, amount)
    except Refusal as cause:
        raise NotPayable(number=claim.number, cause=cause) from cause
    paid = stored_payments.list_paid_payees(work.session, claim.id)
    return [payment for payment in payments if payment.payee_id not in paid]


def _share_out(work: Work, claim: Claim, person: Person, amount: Yuan) -> list[NewPayment]:
    shares = claim_payees.list_shares(work, claim.id, amount)
    if shares:
        return [NewPayment(claim.id, each.payee.id, each.amount, each.payee.account_tail) for each in shares]
    tail = person.account_tail or person.card_tail
    if tail is None:
        raise PayeeMissing
    return [NewPayment(claim.id, None, amount, tail)]


def _send(work: Work, claim: Claim, file: PaymentFile) -> None:
    person_id = work.actor.desk_person_id
    stored_claims.add_handler(work.session, claim.id, person_id, Step.DISBURSEMENT)
    facts = {"step": str(Step.DISBURSEMENT), "file": file.number}
    event_id, _ = claim_history.record_act(work, claim, ClaimAct.SEND, facts)
    stored_claims.add_decision(
        work.session,
        event_id=event_id,
        claim_id=claim.id,
        staff_person_id=person_id,
        step=Step.DISBURSEMENT,
        verdict=ClaimAct.SEND,
    )


def _take_out(work: Work, file_id: int, form: str) -> tuple[PaymentFile, BankLayout, list[SealedPayment]]:
    file = _own(work, stored_payments.get_file(work.session, file_id))
    sealed = stored_payments.list_sealed(work.session, file.id)
    for payment in sealed:
        if not payment.is_unchanged:
            raise PayeeChanged(position=payment.position)
    audit.record(work, PaymentFileTakenOut(file.id, form))
    return file, work.packs.bank_layouts[file.region], sealed


def _headers(layout: BankLayout) -> list[str]:
    return [header for _, header in layout.columns]


def _cells(
    work: Work, file: PaymentFile, layout: BankLayout, sealed: Sequence[SealedPayment]
) -> Iterator[list[Cell]]:
    for payment in sealed:
        cells: dict[PaymentField, Cell] = {
            PaymentField.POSITION: payment.position,
            PaymentField.REFERENCE: _reference(file, payment.position),
            PaymentField.PAYEE: payment.payee,
            PaymentField.ACCOUNT: work.keys.open_sealed(payment.sealed, payment.context),
            PaymentField.BANK: payment.bank_name,
            PaymentField.AMOUNT: payment.amount,
            PaymentField.PURPOSE: layout.purpose,
        }
        yield [cells[field] for field, _ in layout.columns]


def _reference(file: PaymentFile, position: int) -> str:
    return f"{file.number}-{position:04}"


# -- From the bank ------------------------------------------------------------------------------------------


def take_in_return(work: Work, file_id: int, content: bytes) -> bool:
    """Take in the bank's answer to a file; False when this very answer was taken in before.

    Raises:
        NoSuchPaymentFile: there is no such payment file, or it is out of reach.
        ReturnedBefore: another answer was taken in.
        ReturnUnreadable, ReturnHeadersWrong, or a ``Sheet…`` refusal: it cannot be read.
        ReturnDoesNotReconcile: it is not the answer to this file, to the fen.
        NotPayable: the actor had another part in one of the claims.
    """
    file = _own(work, stored_payments.lock_file(work.session, file_id))
    digest = hashlib.sha256(content).digest()
    if file.return_digest is not None:
        if file.return_digest == digest:
            return False
        raise ReturnedBefore
    layout = work.packs.bank_layouts[file.region]
    rows = _read_return(work, layout, content)
    payments = stored_payments.list_payments(work.session, file.id)
    sent = [Sent(each.id, each.claim_id, _reference(file, each.position), each.amount) for each in payments]
    answered = reconcile(sent, rows)
    stored_payments.mark_returned(work.session, file.id, digest, work.now)
    for payment, row in answered:
        reason = None if row.outcome is Outcome.PAID else layout.reason_in(row.reason)
        stored_payments.note_outcome(work.session, payment.id, row.outcome, reason)
    by_claim: dict[int, list[tuple[Sent, ReturnRow]]] = {}
    for payment, row in answered:
        by_claim.setdefault(payment.claim_id, []).append((payment, row))
    settled = {claim_id: _settle(work, layout, claim_id, by_claim[claim_id]) for claim_id in sorted(by_claim)}
    paid = sum(row.outcome is Outcome.PAID for _, row in answered)
    audit.record(work, BankReturnTakenIn(file.id, paid, len(answered) - paid))
    for payment, row in answered:
        _post_answer(work, settled[payment.claim_id], payment, row.outcome)
    return True


def _read_return(work: Work, layout: BankLayout, content: bytes) -> list[ReturnRow]:
    rows = open_sheet(BytesIO(content)).rows
    try:
        header = find_header(return_sheet(layout), rows)
    except HeaderNotFound as error:
        raise _headers_wrong(layout, error.facts) from error
    read, wrong = [], []
    for line in read_lines(header, rows, Circumstances(work.today, demo=work.house.is_demo)):
        if isinstance(line, SheetProblem):
            wrong.append(line.row)
        else:
            read.append(line.record)
    if wrong:
        raise ReturnUnreadable(rows=sorted(set(wrong))[:_MOST_ROWS_NAMED])
    if not header.holds("reason") and any(row.outcome is Outcome.FAILED for row in read):
        raise _headers_wrong(layout, {"missing": ("reason",), "unknown": header.ignored})
    return read


def _headers_wrong(layout: BankLayout, found: Mapping[str, Any]) -> ReturnHeadersWrong:
    return ReturnHeadersWrong(
        missing=[getattr(layout, field) for field in found.get("missing", ())],
        twice=[getattr(layout, field) for field in found.get("twice", ())],
        unknown=[header for header in found["unknown"] if _is_nameable(header)][:_MOST_ROWS_NAMED],
    )


def _is_nameable(header: str) -> bool:
    """Whether it can be a header: a file that has none begins with accounts and amounts."""
    return len(header) <= _LONGEST_HEADER_NAMED and not _DIGIT.search(header)


def _settle(
    work: Work, layout: BankLayout, claim_id: int, answers: Sequence[tuple[Sent, ReturnRow]]
) -> Claim:
    """Put the bank's answer into the claim's history: paid when every payee was, else back to the payee."""
    claim = stored_claims.lock_claim(work.session, claim_id)
    person = stored_citizens.get_person(work.session, claim.person_id)
    try:
        check_handler(
            Step.DISBURSEMENT,
            list_handlers(work, claim),
            work.actor.desk_person_id,
            work.actor.roles,
            is_own_claim=is_own_claim(work, person),
        )
    except Refusal as cause:
        raise NotPayable(number=claim.number, cause=cause) from cause
    stored_claims.add_handler(work.session, claim.id, work.actor.desk_person_id, Step.DISBURSEMENT)
    failed = [row for _, row in answers if row.outcome is Outcome.FAILED]
    if failed:
        facts = {"reason": str(layout.reason_in(failed[0].reason))}
        claim_history.record_act(work, claim, ClaimAct.REFUSE_PAYMENT, facts)
    else:
        claim_history.record_act(work, claim, ClaimAct.PAY)
    return claim


# -- In the ledger ------------------------------------------------------------------------------------------


def _post_sent(work: Work, claim: Claim, payment_id: int, amount: Yuan) -> None:
    movement = _movement(work, claim, str(claim.kind))
    holdings = stored_ledger.list_holdings(work.session, claim.person_id)
    try:
        postings = draw(movement, claim.person_id, holdings, amount)
        entry = Entry(_sent_key(payment_id), work.today, movement.name, postings, claim_id=claim.id)
        ledger.post(work, entry, region=claim.region)
    except Refusal as cause:
        raise NotPayable(number=claim.number, cause=cause) from cause


def _post_answer(work: Work, claim: Claim, payment: Sent, outcome: Outcome) -> None:
    if outcome is Outcome.FAILED:
        key = f"payment {payment.id} failed"
        ledger.reverse(work, _sent_key(payment.id), as_key=key, on=work.today, reason="bank_return")
        return
    movement = _movement(work, claim, f"{claim.kind}_paid")
    entry = Entry(
        f"payment {payment.id} paid",
        work.today,
        movement.name,
        pay_out(movement, claim.person_id, payment.amount),
        contribution_year=claim.claim_year,
        claim_id=claim.id,
    )
    posted = ledger.post(work, entry, region=claim.region)
    if claim.kind is ClaimKind.REIMBURSEMENT and claim.claim_year is not None:
        stored_ledger.record_subsidy_years(work.session, posted.id, claim.claim_year, [claim.person_id])


def _movement(work: Work, claim: Claim, name: str) -> Movement:
    return work.packs.ledgers[claim.region].regime.get(name)


def _sent_key(payment_id: int) -> str:
    return f"payment {payment_id} sent"


def _own(work: Work, file: PaymentFile) -> PaymentFile:
    """The file, if it is in reach: an account of one town has no part in what pays people of others."""
    towns = stored_payments.list_towns(work.session, file.id)
    if not all(is_in_reach(work.actor, file.region, town) for town in towns):
        raise NoSuchPaymentFile
    return file
