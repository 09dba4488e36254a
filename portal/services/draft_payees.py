"""Whom a draft asks to pay beside the account on record: another account of the villager's, or the heirs."""

import secrets
from dataclasses import dataclass
from typing import ClassVar

from portal.domain.claim_forms import Asks
from portal.domain.claims import MoneySent
from portal.domain.errors import Refusal
from portal.domain.masks import account_tail
from portal.services import drafts
from portal.services.draft_access import lock_draft
from portal.services.drafts import OpenDraft
from portal.services.work import Work
from portal.storage import claim_payees as stored_payees
from portal.storage import payments as stored_payments
from portal.storage.claim_payees import NewPayee
from portal.storage.drafts import Draft, NoSuchDraft

MOST_HEIRS = 20


class TooManyHeirs(Refusal):
    """A claim names ``facts["limit"]`` people to pay already."""

    code: ClassVar[str] = "too_many_heirs"


@dataclass(frozen=True)
class NewAccount:
    """Somebody to pay, as typed: the whole number is sealed at once and never shown again."""

    name: str
    number: str
    bank_name: str
    weight: int = 1


def answer_with_account(work: Work, draft_id: int, name: str, account: NewAccount) -> OpenDraft:
    """Keep the one account to pay to, in place of an earlier one; the answer itself holds only how many."""
    draft = _open_at(work, draft_id, name, Asks.ACCOUNT).draft
    stored_payees.remove_of_draft(work.session, draft.id)
    return _add_payee(work, draft, name, account)


def add_heir(work: Work, draft_id: int, name: str, account: NewAccount) -> OpenDraft:
    """Keep one more person to pay, with their account and their part of the whole.

    Raises:
        TooManyHeirs: there are enough of them.
        MoneySent: the claim that the draft mends has been sent to the bank for those it names.
    """
    opened = _open_at(work, draft_id, name, Asks.HEIRS)
    if len(opened.payees) >= MOST_HEIRS:
        raise TooManyHeirs(limit=MOST_HEIRS)
    return _add_payee(work, opened.draft, name, account)


def remove_heir(work: Work, draft_id: int, name: str, payee_id: int) -> OpenDraft:
    """Take one person off the list; with nobody left, the question is open again. Raises ``MoneySent``."""
    draft = _open_at(work, draft_id, name, Asks.HEIRS).draft
    stored_payees.remove_of_draft(work.session, draft.id, payee_id)
    left = len(stored_payees.list_of_draft(work.session, draft.id))
    answers = {each: value for each, value in draft.answers.items() if each != name}
    return drafts.keep_answers(work, draft, {**answers, name: left} if left else answers)


def check_asks(opened: OpenDraft, name: str, asks: Asks) -> None:
    """Refuse an answer to a question that does not ask for it; raises ``NoSuchDraft``."""
    if opened.question(name).asks is not asks:
        raise NoSuchDraft


def _open_at(work: Work, draft_id: int, name: str, asks: Asks) -> OpenDraft:
    opened = drafts.open_draft(work, lock_draft(work, draft_id))
    check_asks(opened, name, asks)
    mends = opened.draft.resubmits_claim_id
    if mends is not None and stored_payments.has_payments(work.session, mends):
        raise MoneySent
    return opened


def _add_payee(work: Work, draft: Draft, name: str, account: NewAccount) -> OpenDraft:
    uid = secrets.token_hex(8)
    stored_payees.add_to_draft(
        work.session,
        draft.id,
        NewPayee(
            uid=uid,
            name=account.name,
            account_sealed=work.keys.seal(account.number, stored_payees.account_context(uid)),
            account_tail=account_tail(account.number),
            bank_name=account.bank_name,
            weight=account.weight,
        ),
    )
    count = len(stored_payees.list_of_draft(work.session, draft.id))
    return drafts.keep_answers(work, draft, {**draft.answers, name: count})
