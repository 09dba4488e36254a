"""Who is paid for a claim, and how much each: the account on record, or the heirs that it names."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from portal.domain.land_fund import share_among_heirs
from portal.domain.money import to_fen
from portal.domain.policy import Figure, Step, Unit
from portal.services.work import Work
from portal.storage import claim_payees as stored_payees
from portal.storage.claim_payees import ClaimPayee
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


def open_account(work: Work, payee: ClaimPayee) -> str:
    """A payee's whole account number, for where money is sent; the caller puts that on record."""
    sealed = stored_payees.sealed_account(work.session, payee.id)
    return work.keys.open_sealed(sealed, stored_payees.account_context(payee.uid))
