"""Opens, resumes and ends signed-in sessions."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.domain.sessions import CITIZEN_LIFETIME, STAFF_LIFETIME, TOUCH_AFTER
from portal.domain.staff import Role
from portal.services.work import Actor, ActorKind, Work
from portal.storage import sessions as stored_sessions
from portal.storage.sessions import StoredSession

_TOKEN_KIND = "session"  # noqa: S105  what the token is for, not a secret


@dataclass(frozen=True)
class Resumed:
    """A session found again: who is acting, its form token, and when it ends if nothing is done."""

    actor: Actor
    csrf_token: str
    ends_at: datetime
    wants_touch: bool


def open_citizen_session(work: Work, person_id: int, assisted_by: str | None = None) -> str:
    """Sign a villager's browser in; returns the token for its cookie."""
    return _open(work, person_id=person_id, assisted_by=assisted_by)


def open_claimant_session(work: Work, claim_id: int) -> str:
    """Sign an heir's browser in for one claim; returns the token for its cookie."""
    return _open(work, claim_id=claim_id)


def open_staff_session(work: Work, staff_account_id: int) -> str:
    """Sign a desk browser in, ending the account's other sessions; returns the token for its cookie."""
    stored_sessions.end_sessions_of_account(work.session, staff_account_id, work.now)
    return _open(work, staff_account_id=staff_account_id)


def _open(work: Work, **whose: Any) -> str:
    token = secrets.token_urlsafe(32)
    stored_sessions.add_session(
        work.session,
        token_hash=work.keys.token_hash(_TOKEN_KIND, token),
        csrf_token=secrets.token_urlsafe(16),
        now=work.now,
        **whose,
    )
    return token


def resume(work: Work, token: str) -> Resumed | None:
    """Who a cookie's token stands for, or None when the session is over or never was."""
    stored = stored_sessions.find_session(work.session, work.keys.token_hashes(_TOKEN_KIND, token))
    if stored is None:
        return None
    lifetime = STAFF_LIFETIME if stored.staff_account_id is not None else CITIZEN_LIFETIME
    if lifetime.is_over(stored.began_at, stored.last_used_at, work.now):
        return None
    wants_touch = work.now - stored.last_used_at >= TOUCH_AFTER
    last_used_at = work.now if wants_touch else stored.last_used_at
    return Resumed(
        actor=_actor(stored),
        csrf_token=stored.csrf_token,
        ends_at=min(stored.began_at + lifetime.whole, last_used_at + lifetime.idle),
        wants_touch=wants_touch,
    )


def touch(work: Work) -> None:
    """Note that the actor's session is in use."""
    if work.actor.session_id is not None:
        stored_sessions.touch_session(work.session, work.actor.session_id, work.now)


def end(work: Work) -> None:
    """End the actor's session; its token opens nothing any more."""
    if work.actor.session_id is not None:
        stored_sessions.end_session(work.session, work.actor.session_id, work.now)


def end_held(work: Work, token: str) -> None:
    """End the session that a browser held before it signed in anew, whoever's it was."""
    stored = stored_sessions.find_session(work.session, work.keys.token_hashes(_TOKEN_KIND, token))
    if stored is not None:
        stored_sessions.end_session(work.session, stored.id, work.now)


def _actor(stored: StoredSession) -> Actor:
    if stored.staff_account_id is not None:
        kind = ActorKind.STAFF
    else:
        kind = ActorKind.CITIZEN if stored.person_id is not None else ActorKind.CLAIMANT
    return Actor(
        kind=kind,
        region=stored.region,
        session_id=stored.id,
        person_id=stored.person_id,
        claim_id=stored.claim_id,
        assisted_by=stored.assisted_by,
        staff_person_id=stored.staff_person_id,
        staff_account_id=stored.staff_account_id,
        staff_name=stored.staff_name,
        job_no=stored.job_no,
        roles=frozenset(Role(role) for role in stored.roles or ()),
        town=stored.town,
    )
