"""Who is paid for a claim, and how much each: the account on record, or the heirs that it names."""

from dataclasses import dataclass
from decimal import Decimal

from portal.domain.land_fund import share_among_heirs
from portal.services.work import Work
from portal.storage import claim_payees as stored_payees
from portal.storage.claim_payees import ClaimPayee


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


def open_account(work: Work, payee: ClaimPayee) -> str:
    """A payee's whole account number, for where money is sent; the caller puts that on record."""
    sealed = stored_payees.sealed_account(work.session, payee.id)
    return work.keys.open_sealed(sealed, stored_payees.account_context(payee.uid))
