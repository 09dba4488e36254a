"""Who may go on with a draft: its owner, an heir whose claim it mends, and whoever typed a slip's code."""

import secrets
from typing import ClassVar

from portal.domain.claims import DraftResumed, Helper, HelperKind
from portal.domain.errors import Refusal
from portal.domain.identity import PAPER_LENGTH, PAPER_LETTERS, fold_code
from portal.domain.masks import mask_name
from portal.services import audit
from portal.services.claim_cases import find_at_desk
from portal.services.claim_helpers import check_helper, check_slip_givers
from portal.services.work import ActorKind, Work
from portal.storage import citizens as stored_citizens
from portal.storage import drafts as stored_drafts
from portal.storage.drafts import Draft, NoSuchDraft

_RESUME = "draft resume"


class NoSuchResumeCode(Refusal):
    """No draft waits under this code: mistyped, used, or over."""

    code: ClassVar[str] = "resume_code_not_right"


class OnlyOwner(Refusal):
    """A helper fills a draft in, and leaves to its owner whether it is kept and who else may help."""

    code: ClassVar[str] = "draft_is_another_persons"


def lock_draft(work: Work, draft_id: int) -> Draft:
    """A draft that the actor may change, held until the work ends; who let them in by a slip is remembered.

    Raises:
        NoSuchDraft: it is over, or the actor has no part in it.
        SlipOfHandler: whoever let them in has taken a step on the claim that it mends.
    """
    draft = check_part(work, stored_drafts.lock_draft(work.session, draft_id, work.now))
    note_slip_givers(work, draft.id, draft.person_id, draft.resubmits_claim_id)
    return draft


def note_slip_givers(work: Work, draft_id: int, person_id: int, mends: int | None) -> None:
    """Remember who at the desk let the actor in by a slip, until the claim is handed in and bars them."""
    for giver in check_slip_givers(work, person_id, mends):
        stored_drafts.add_helper(work.session, draft_id, giver)


def check_owner(work: Work, draft: Draft) -> None:
    """Refuse a helper what is the owner's to decide; raises ``OnlyOwner``."""
    if not _is_own(work, draft):
        raise OnlyOwner


def issue_resume_code(work: Work, draft_id: int) -> str:
    """A code to print on a slip, with which one helper can go on; an earlier one opens nothing any more."""
    draft = lock_draft(work, draft_id)
    check_owner(work, draft)
    code = "".join(secrets.choice(PAPER_LETTERS) for _ in range(PAPER_LENGTH))
    stored_drafts.change_draft(work.session, draft.id, resume_code_hash=work.keys.token_hash(_RESUME, code))
    return code


def resume_with_code(work: Work, typed: str) -> int:
    """Let a signed-in helper go on with the draft of a slip; the code is used up; returns the draft's row.

    Whoever works at the desk takes none of the four steps afterwards, whoever hands the claim in, and
    whether they helped from the desk or as a neighbour.

    Raises:
        NoSuchResumeCode: no draft waits under it.
        SamePersonTwice: the helper has taken a step on the claim that it mends.
    """
    hashes = work.keys.token_hashes(_RESUME, fold_code(typed))
    draft = stored_drafts.find_by_resume_code(work.session, hashes, work.now)
    helper = _part_key(work)
    if draft is None or helper is None:
        raise NoSuchResumeCode
    _note_helper(work, draft)
    stored_drafts.change_draft(work.session, draft.id, resume_code_hash=None, assisted_by=helper)
    person = stored_citizens.get_person(work.session, draft.person_id)
    audit.record(work, DraftResumed(person.id, draft.id), region=person.region)
    return draft.id


def check_part(work: Work, draft: Draft) -> Draft:
    """Hand the draft back to its owner, its helper, or an heir whose claim it mends; to others, refuse."""
    is_helper = draft.assisted_by is not None and draft.assisted_by == _part_key(work)
    if not is_helper and not _is_own(work, draft):
        raise NoSuchDraft
    return draft


def _is_own(work: Work, draft: Draft) -> bool:
    actor = work.actor
    if actor.kind is ActorKind.CLAIMANT:
        return draft.resubmits_claim_id == actor.claim_id
    return actor.kind is ActorKind.CITIZEN and draft.person_id == actor.person_id


def _part_key(work: Work) -> str | None:
    """How a helper is named in a draft; None for somebody who cannot be one."""
    if work.actor.kind is ActorKind.STAFF:
        return f"staff {work.actor.staff_person_id}"
    return f"person {work.actor.person_id}" if work.actor.kind is ActorKind.CITIZEN else None


def name_helper(work: Work, draft: Draft) -> Helper | None:
    """Who fills the draft in, where that is not its owner alone."""
    actor = work.actor
    if actor.kind is ActorKind.STAFF:
        assert actor.job_no is not None  # noqa: S101  everybody at the desk has one
        return Helper(HelperKind.STAFF, actor.job_no)
    if actor.person_id is not None and actor.person_id != draft.person_id:
        name = stored_citizens.get_person(work.session, actor.person_id).name
        return Helper(HelperKind.NEIGHBOUR, mask_name(name))
    return None if actor.assisted_by is None else Helper(HelperKind.FAMILY, actor.assisted_by)


def _note_helper(work: Work, draft: Draft) -> None:
    """Remember a helper who works at the desk, until the claim is handed in and bars them."""
    actor = work.actor
    at_desk = actor.staff_person_id
    if actor.person_id is not None:
        at_desk = find_at_desk(work, stored_citizens.get_person(work.session, actor.person_id))
    if at_desk is None:
        return
    if draft.resubmits_claim_id is not None:
        check_helper(work, draft.resubmits_claim_id, at_desk)
    stored_drafts.add_helper(work.session, draft.id, at_desk)
