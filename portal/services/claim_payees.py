"""Who is paid for a claim, and how much each: the account on record, or the heirs that it names."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from portal.domain.land_fund import share_among_heirs
from portal.domain.money import to_fen
from portal.domain.payments import PaymentUnderWay
from portal.domain.policy import Figure, Step, Unit
from portal.services.work import Work
from portal.storage import citizens as stored_citizens
from portal.storage import claim_payees as stored_payees
from portal.storage import payments as stored_payments
from portal.storage.claim_payees import ClaimPayee, NewPayee
from portal.storage.claims import Claim


@dataclass(frozen=True)
class Share:
    """One person's part of a claim's amount, in yuan."""

    payee: ClaimPayee
    amount: Decimal


def list_shares(work: Work, claim_id: int, amount: Decimal) -> list[Share]:
    """How an amount is shared among those whom a claim names; empty where it goes to the account on record.

    The parts sum to the amount; they are equal unless the heirs agreed on others (民法典 第一千一百三十条).
    """
    payees = stored_payees.list_of_claim(work.session, claim_id)
    if not payees:
        return []
    keys = [f"{payee.position:04}" for payee in payees]
    parts = share_among_heirs(amount, keys, [payee.weight for payee in payees])
    return [Share(payee, parts[key]) for payee, key in zip(payees, keys, strict=True)]


def list_unpaid(work: Work, claim_id: int) -> list[ClaimPayee]:
    """Whom a claim names and the bank has not paid; empty where it goes to the account on record."""
    paid = stored_payments.list_paid_payees(work.session, claim_id)
    return [each for each in stored_payees.list_of_claim(work.session, claim_id) if each.id not in paid]


def lock_account_on_record(work: Work, person_id: int) -> None:
    """Hold a person whose account is to be changed; a file that waits for the bank was made for the old one.

    Raises:
        PaymentUnderWay: the bank has not answered yet.
    """
    stored_citizens.lock_person(work.session, person_id)
    if stored_payments.is_under_way(work.session, person_id):
        raise PaymentUnderWay


def explain_shares(work: Work, claim: Claim, shares: Sequence[Share]) -> Figure | None:
    """How a claim's amount was shared among those it names; None where it names nobody."""
    if not shares or claim.amount is None:
        return None
    all_parts = sum(each.payee.weight for each in shares)
    to_the_fen = [to_fen(claim.amount) * each.payee.weight // all_parts for each in shares]
    steps = (
        Step("amount_to_share", {"amount": claim.amount}),
        *(
            Step(
                "payee_share",
                {
                    "name": each.payee.name,
                    "parts": each.payee.weight,
                    "all": all_parts,
                    "amount": each.amount,
                },
            )
            for each in shares
        ),
        Step("odd_fen_shared", {"fen": to_fen(claim.amount) - sum(to_the_fen)}),
    )
    offer = work.packs.get(claim.region).claims[claim.kind]
    return Figure("shares", claim.amount, Unit.YUAN, steps, offer.because, work.today, offer.readings)


def copy_to_draft(work: Work, claim_id: int, draft_id: int) -> None:
    """Put whom a claim names with a draft that begins from its answers, each account sealed anew."""
    for payee in stored_payees.list_of_claim(work.session, claim_id):
        uid = secrets.token_hex(8)
        sealed = work.keys.seal(open_account(work, payee), stored_payees.account_context(uid))
        stored_payees.add_to_draft(
            work.session,
            draft_id,
            NewPayee(uid, payee.name, sealed, payee.account_tail, payee.bank_name, payee.weight),
        )


def take_from_draft(work: Work, draft_id: int, claim_id: int, *, are_asked_for: bool) -> None:
    """Let a claim name whom its draft does, or nobody, where the answers ask for nobody any more.

    Once the bank was asked to pay somebody, those whom the claim names stay.
    """
    if stored_payments.has_payments(work.session, claim_id):
        return
    if are_asked_for:
        stored_payees.move_to_claim(work.session, draft_id, claim_id)
    else:
        stored_payees.remove_of_claim(work.session, claim_id)


def open_account(work: Work, payee: ClaimPayee) -> str:
    """A payee's whole account number, for where money is sent; the caller puts that on record."""
    sealed = stored_payees.sealed_account(work.session, payee.id)
    return work.keys.open_sealed(sealed, stored_payees.account_context(payee.uid))
