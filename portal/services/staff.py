"""Accounts at the desk: signing in, adding, confirming, disabling, resetting, and the review of rights."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from portal.domain.citizen_id import CitizenId
from portal.domain.identity import Limit
from portal.domain.staff import (
    LEAST_PASSWORD_LENGTH,
    SIGN_INS_BY_ADDRESS,
    SIGN_INS_BY_LOGIN,
    STANDING_RESTS_ON,
    AccountDisabled,
    AccountUnconfirmed,
    FirstPasswordLapsed,
    FirstPasswordStands,
    JobNumberTaken,
    KnownOtherwise,
    LoginTaken,
    OwnAccount,
    PasswordChanged,
    PasswordTooWeak,
    RegionNotServed,
    RightsReviewed,
    Role,
    SignInRefused,
    SignInReset,
    StaffAdded,
    StaffDisabled,
    StaffSignedIn,
    Standing,
    UnknownTown,
    check_roles,
    parse_job_number,
    parse_login,
    parse_name,
)
from portal.papers.qr import draw_qr
from portal.services import audit, sessions
from portal.services.work import Work
from portal.storage import audit as stored_audit
from portal.storage import identity as stored_attempts
from portal.storage import sessions as stored_sessions
from portal.storage import staff as stored_staff
from portal.storage.staff import NoSuchAccount, StaffAccount

NUMBER_COLUMN = "staff_person.number"
_ISSUER = "颐田"
_TOTP_STEP_SECONDS = 30
_TOTP_DRIFT_STEPS = 1


@dataclass(frozen=True)
class NewAccount:
    """What a new member of staff is handed, once: nothing of it can be read back later."""

    account_id: int
    login: str
    password: str
    totp_secret: str


def count_sign_in(work: Work, login: str, address: str) -> bool:
    """Count a try to sign in, and say whether it may go on; work of its own, done first."""
    return all([_count(work, SIGN_INS_BY_ADDRESS, address), _count(work, SIGN_INS_BY_LOGIN, login)])


def sign_in(work: Work, login: str, password: str, code: str, new_password: str = "") -> str:
    """Open a session for whoever has password and second factor; returns its token.

    An unknown login costs the same hash as a known one. A code is used once. ``new_password`` replaces
    a password that somebody else made up.

    Raises:
        SignInRefused: something is wrong; which is not said.
        AccountUnconfirmed: all is right, and nobody but who made or changed the account has agreed to it.
        FirstPasswordLapsed: the password that was handed over is too old.
        FirstPasswordStands: all is right, and a password of one's own is still to be chosen.
        PasswordTooWeak: the new password is too short.
    """
    account = stored_staff.find_account(work.session, login)
    password_hash = account.password_hash if account is not None else _decoy_hash()
    knows_password = _is_password(password_hash, password)
    step = None if account is None else _matching_step(work, account, code)
    if account is None or account.disabled_at is not None or not knows_password or step is None:
        raise SignInRefused
    standing = list_standings(work, [account])[account.id]
    if standing.on_word_of:
        raise AccountUnconfirmed
    if account.must_change_password:
        if standing.has_lapsed(work.now):
            raise FirstPasswordLapsed
        if new_password in ("", password):
            raise FirstPasswordStands
        _set_password(work, account, new_password)
    if not stored_staff.use_totp_step(work.session, account.id, step):
        raise SignInRefused
    audit.record(work, StaffSignedIn(account.id), region=account.region)
    return sessions.open_staff_session(work, account.id)


def add_account(
    work: Work,
    *,
    name: str,
    citizen_id: CitizenId,
    job_no: str,
    login: str,
    roles: frozenset[Role],
    region: str,
    town: str | None = None,
    password: str | None = None,
    totp_secret: str | None = None,
) -> NewAccount:
    """Give a natural person an account. Whoever has one already stays the same person.

    A password that is not given is made up, and must be changed at the first sign-in. What somebody at the
    desk adds opens nothing until another of its administrators, or an operator, has confirmed it.

    Raises:
        LoginUnsound, StaffNameUnsound, JobNumberUnsound: it is none.
        RegionNotServed, UnknownTown: nobody could do anything there.
        RoleOfWholeCounty: a role reaches further than the town.
        LoginTaken: the login is another account's.
        JobNumberTaken: the job number is another person's.
        KnownOtherwise: the person is at the desk already, under another name or job number.
        OwnAccount: it would be the actor's own.
    """
    login, name, job_no = parse_login(login), parse_name(name), parse_job_number(job_no)
    _check_reach(work, region, town)
    check_roles(roles, town)
    if stored_staff.find_account(work.session, login) is not None:
        raise LoginTaken(login=login)
    indexes = work.keys.blind_indexes(NUMBER_COLUMN, citizen_id.digits)
    person_id = stored_staff.find_person(work.session, indexes)
    if person_id is not None and person_id == work.actor.staff_person_id:
        raise OwnAccount
    if person_id is not None and not stored_staff.is_known_as(work.session, person_id, name, job_no):
        raise KnownOtherwise
    if person_id is None:
        if stored_staff.is_job_no_taken(work.session, job_no):
            raise JobNumberTaken(job_no=job_no)
        person_id = stored_staff.add_person(
            work.session,
            name=name,
            number_sealed=work.keys.seal(citizen_id.digits, f"{NUMBER_COLUMN} {job_no}"),
            number_index=indexes[0],
            job_no=job_no,
        )
    first_password = password or _make_password()
    totp_secret = totp_secret or pyotp.random_base32()
    account_id = stored_staff.add_account(
        work.session,
        person_id=person_id,
        login=login,
        password_hash=_hasher().hash(first_password),
        totp_sealed=_seal_totp(work, login, totp_secret),
        roles=roles,
        region=region,
        town=town,
        must_change_password=password is None,
        now=work.now,
    )
    audit.record(work, StaffAdded(account_id, tuple(sorted(roles))), region=region)
    return NewAccount(account_id, login, first_password, totp_secret)


def disable_account(work: Work, login: str) -> None:
    """Close an account for good; its sessions end now.

    Raises:
        NoSuchAccount: there is none, or not in the actor's region.
        OwnAccount: it is the actor's own.
    """
    account = _lock_others_account(work, login)
    if account.disabled_at is None:
        stored_staff.change_account(work.session, account.id, disabled_at=work.now)
        audit.record(work, StaffDisabled(account.id), region=account.region)
    stored_sessions.end_sessions_of_account(work.session, account.id, work.now)


def reset_account(work: Work, login: str) -> NewAccount:
    """Make password and second factor anew where one of them is lost; the account's sessions end now.

    The last used step stays: a code that was used does not come back to life. Whoever has both in hand is as
    good as their owner, so what somebody at the desk resets waits for another one, too.

    Raises:
        NoSuchAccount: there is none, or not in the actor's region.
        OwnAccount: it is the actor's own.
        AccountDisabled: it was closed.
    """
    account = _lock_open_account(work, login)
    password, totp_secret = _make_password(), pyotp.random_base32()
    stored_staff.change_account(
        work.session,
        account.id,
        password_hash=_hasher().hash(password),
        must_change_password=True,
        totp_sealed=_seal_totp(work, login, totp_secret),
    )
    stored_sessions.end_sessions_of_account(work.session, account.id, work.now)
    audit.record(work, SignInReset(account.id), region=account.region)
    return NewAccount(account.id, login, password, totp_secret)


def count_password_try(work: Work) -> bool:
    """Count a try of the actor's old password like one to sign in; past the limit their session ends.

    Says whether it may go on; work of its own, done first.
    """
    account = stored_staff.get_account(work.session, work.actor.staff_account_id)
    may_go_on = _count(work, SIGN_INS_BY_LOGIN, account.login)
    if not may_go_on:
        sessions.end(work)
    return may_go_on


def change_password(work: Work, old: str, new: str) -> None:
    """Change the actor's own password.

    Raises:
        SignInRefused: the old password is wrong.
        PasswordTooWeak: the new one is too short.
    """
    account = stored_staff.get_account(work.session, work.actor.staff_account_id)
    if not _is_password(account.password_hash, old):
        raise SignInRefused
    _set_password(work, account, new)


def review_rights(work: Work, login: str, roles: frozenset[Role]) -> None:
    """Note that an account's rights were looked at, and set them; other rights end its sessions.

    That confirms an account that rests on somebody else's word. Roles that it had not held rest on the
    actor's own, and wait for another one, unless the actor is an operator.

    Raises:
        RoleOfWholeCounty: a role reaches further than the account's town.
        NoSuchAccount: there is none, or not in the actor's region.
        OwnAccount: it is the actor's own.
        AccountDisabled: it was closed.
    """
    account = _lock_open_account(work, login)
    check_roles(roles, account.town)
    stored_staff.change_account(
        work.session,
        account.id,
        roles=sorted(str(role) for role in roles),
        rights_reviewed_at=work.now,
    )
    if account.roles != roles:
        stored_sessions.end_sessions_of_account(work.session, account.id, work.now)
    given = tuple(sorted(roles - account.roles))
    audit.record(work, RightsReviewed(account.id, tuple(sorted(roles)), given), region=account.region)


def draw_second_factor(login: str, secret: str) -> str:
    """A second factor as a QR code (an ``<svg>``) that the authenticator on a phone reads."""
    address = pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=_ISSUER)
    return draw_qr(address, title=login)


def get_account(work: Work, login: str) -> StaffAccount:
    """An account of the actor's region; raises ``NoSuchAccount``."""
    account = stored_staff.find_account(work.session, login)
    if account is None or work.actor.region not in (None, account.region):
        raise NoSuchAccount(login=login)
    return account


def list_accounts(work: Work) -> list[StaffAccount]:
    """The accounts of the actor's region, by job number; without a region, all."""
    return stored_staff.list_accounts(work.session, work.actor.region)


def list_standings(work: Work, accounts: Sequence[StaffAccount]) -> dict[int, Standing]:
    """What each of these accounts rests on, by its row."""
    rows = [account.id for account in accounts]
    acts = stored_audit.list_acts_on(work.session, "account", rows, STANDING_RESTS_ON)
    done = {account_id: list(of_one) for account_id, of_one in groupby(acts, key=lambda act: act.subject_id)}
    return {account.id: Standing.fold(done.get(account.id, ())) for account in accounts}


def _check_reach(work: Work, region: str, town: str | None) -> None:
    """Nothing where an account of this region, or this town of it, reaches somebody."""
    if region not in work.house.regions:
        raise RegionNotServed(regions=work.house.regions)
    towns = tuple(each.name.zh for each in work.packs.get(region).towns)
    if town is not None and town not in towns:
        raise UnknownTown(towns=towns)


def _lock_others_account(work: Work, login: str) -> StaffAccount:
    account = stored_staff.lock_account(work.session, login)
    if work.actor.region not in (None, account.region):
        raise NoSuchAccount(login=login)
    if account.person_id == work.actor.staff_person_id:
        raise OwnAccount
    return account


def _lock_open_account(work: Work, login: str) -> StaffAccount:
    account = _lock_others_account(work, login)
    if account.disabled_at is not None:
        raise AccountDisabled
    return account


def _set_password(work: Work, account: StaffAccount, new: str) -> None:
    if len(new) < LEAST_PASSWORD_LENGTH:
        raise PasswordTooWeak(least=LEAST_PASSWORD_LENGTH)
    stored_staff.change_account(
        work.session, account.id, password_hash=_hasher().hash(new), must_change_password=False
    )
    audit.record(work, PasswordChanged(account.id), region=account.region)


def _make_password() -> str:
    return secrets.token_urlsafe(12)


def _count(work: Work, limit: Limit, key: str) -> bool:
    made = stored_attempts.count_attempt(
        work.session, limit.subject, work.keys.token_hash(limit.subject, key), limit.window_of(work.now)
    )
    return made <= limit.most


def _matching_step(work: Work, account: StaffAccount, code: str) -> int | None:
    """The time step whose code this is; whether it was used before is asked when it is used up."""
    totp = pyotp.TOTP(work.keys.open_sealed(account.totp_sealed, _totp_context(account.login)))
    typed = "".join(code.split())
    now = int(work.now.timestamp()) // _TOTP_STEP_SECONDS
    for step in range(now - _TOTP_DRIFT_STEPS, now + _TOTP_DRIFT_STEPS + 1):
        if secrets.compare_digest(totp.at(step * _TOTP_STEP_SECONDS).encode(), typed.encode()):
            return step
    return None


def _seal_totp(work: Work, login: str, secret: str) -> bytes:
    return work.keys.seal(secret, _totp_context(login))


def _totp_context(login: str) -> str:
    return f"staff_account.totp {login}"


def _is_password(password_hash: str, password: str) -> bool:
    try:
        return _hasher().verify(password_hash, password)
    except VerifyMismatchError:
        return False


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _decoy_hash() -> str:
    """The hash of a password that nobody knows."""
    return _hasher().hash(secrets.token_urlsafe(24))
