"""The ID check: a name and a number, a code to the phone on record, a session.

Known and unknown people cost the same statements and see the same page: an unknown one gets a
decoy code that nobody holds.
"""

import secrets
from dataclasses import dataclass

from portal.domain.citizen_id import CitizenId
from portal.domain.identity import (
    CHECKS_BY_ADDRESS,
    CHECKS_BY_NUMBER,
    CODES_BY_ADDRESS,
    MOST_TRIES,
    PAPER_LENGTH,
    PAPER_LETTERS,
    PAPER_LIFETIME,
    TEXTED_DIGITS,
    TEXTED_LIFETIME,
    ClaimantAdmitted,
    CodeKind,
    CodeNotRight,
    CodeOver,
    IdentityProven,
    Limit,
    PaperCodeIssued,
    SignedOut,
    fold_code,
    fold_name,
    is_paper_code,
    is_texted_code,
)
from portal.services import audit, sessions
from portal.services.work import Work
from portal.storage import identity as stored_identity
from portal.storage import messages as stored_messages
from portal.storage.identity import StoredCode

NUMBER_COLUMN = "person.number"
_CHALLENGE = "challenge"


@dataclass(frozen=True)
class Challenge:
    """What a code answers, and whether one may have gone out; if not, only a paper code does."""

    token: str
    is_texted: bool


@dataclass(frozen=True)
class Admitted:
    """A session's token, and whether it opens a record or one claim of somebody else's."""

    token: str
    claim_id: int | None = None


def check(work: Work, name: str, number: CitizenId, address: str) -> Challenge:
    """Count an ID check, and text a code to the phone on record if name and number belong together.

    Whoever has no phone on record gets a challenge too, which their paper code answers. So does whoever was
    asked for too often, and no text goes out: a stranger who knows a number can use up its tries, and the
    rightful holder still gets in with the desk's slip.

    The count and the code are kept together or not at all: a check that is lost has told nobody anything.
    """
    number_key = _key(work, CHECKS_BY_NUMBER, number.digits)
    by_address = _count(work, CHECKS_BY_ADDRESS, _key(work, CHECKS_BY_ADDRESS, address))
    by_number = _count(work, CHECKS_BY_NUMBER, number_key)
    person_id = _find_person(work, name, number)
    if by_address and by_number:
        return Challenge(_send_code(work, person_id, number_key), is_texted=True)
    nobodys = secrets.token_urlsafe(24)  # no digits answer it: guesses at a number end where its texts do
    return Challenge(_add_challenge(work, person_id, number_key, nobodys), is_texted=False)


def count_code_try(work: Work, address: str, typed: str = "") -> bool:
    """Count a try of a code, and say whether it may go on; work of its own, done first.

    A paper code always may: it cannot be guessed, and no neighbour of the address can lock its holder out.
    """
    counted = _count(work, CODES_BY_ADDRESS, _key(work, CODES_BY_ADDRESS, address))
    return counted or is_paper_code(fold_code(typed))


def send_code_again(work: Work, challenge: str) -> str | None:
    """Text a new code for a challenge whose code did not arrive or is used up; returns the new challenge.

    None when this number was asked for too often; the try stays counted.

    Raises:
        CodeOver: the challenge is over, so the ID check begins again.
    """
    code = _lock_running_challenge(work, challenge)
    assert code.number_key is not None  # noqa: S101  every challenge counts on a number
    if not _count(work, CHECKS_BY_NUMBER, code.number_key):
        return None
    stored_identity.use_code(work.session, code.id, work.now)
    return _send_code(work, code.person_id, code.number_key)


def prove(work: Work, challenge: str, typed: str, assisted_by: str | None = None) -> Admitted | CodeNotRight:
    """Let in whoever holds the code of a challenge, or a paper code for the same citizen number.

    A villager's paper code opens their record; a claimant's opens one claim, and no record of their own.

    A wrong code is counted and handed back as ``CodeNotRight``, not raised: the count must be kept.

    Raises:
        CodeOver: the challenge is over.
    """
    challenged = _lock_open_challenge(work, challenge)
    code = fold_code(typed)
    if is_paper_code(code):
        held = stored_identity.lock_paper_code(
            work.session, work.keys.token_hashes("paper", code), work.now, challenged
        )
    else:
        hashes = work.keys.token_hashes(f"texted {challenge}", code) if is_texted_code(code) else ()
        held = challenged if challenged.code_hash in hashes else None
    if held is None or (held.person_id is None and held.claim_id is None):
        stored_identity.count_try(work.session, challenged.id)
        return CodeNotRight(tries_left=MOST_TRIES - challenged.tries - 1)
    stored_identity.use_code(work.session, held.id, work.now)
    stored_identity.use_code(work.session, challenged.id, work.now)
    return _admit(work, held, assisted_by, CodeKind.PAPER if is_paper_code(code) else CodeKind.TEXTED)


def issue_paper_code(work: Work, person_id: int) -> str:
    """Make a paper code for a person whose identity card the desk has seen; an older one is over."""
    stored_identity.end_paper_codes(work.session, person_id, work.now)
    code = _add_paper_code(work, CodeKind.PAPER, person_id=person_id)
    audit.record(work, PaperCodeIssued(person_id))
    return code


def make_claim_code(work: Work, claim_id: int, number: CitizenId) -> str:
    """A paper code that opens one claim to whoever has this citizen number; the caller puts it on record."""
    number_key = _key(work, CHECKS_BY_NUMBER, number.digits)
    return _add_paper_code(work, CodeKind.CLAIM, claim_id=claim_id, number_key=number_key)


def sign_out(work: Work) -> None:
    """End the actor's session."""
    sessions.end(work)
    audit.record(work, SignedOut())


def _add_paper_code(
    work: Work,
    kind: CodeKind,
    *,
    person_id: int | None = None,
    claim_id: int | None = None,
    number_key: bytes | None = None,
) -> str:
    code = "".join(secrets.choice(PAPER_LETTERS) for _ in range(PAPER_LENGTH))
    stored_identity.add_code(
        work.session,
        kind=kind,
        code_hash=work.keys.token_hash("paper", code),
        issued_at=work.now,
        expires_at=work.now + PAPER_LIFETIME,
        person_id=person_id,
        claim_id=claim_id,
        number_key=number_key,
        issued_by=work.actor.staff_person_id,
    )
    return code


def _admit(work: Work, held: StoredCode, assisted_by: str | None, by: CodeKind) -> Admitted:
    if held.person_id is None:
        assert held.claim_id is not None  # noqa: S101  told apart by the caller
        audit.record(work, ClaimantAdmitted(held.claim_id))
        return Admitted(sessions.open_claimant_session(work, held.claim_id), held.claim_id)
    audit.record(work, IdentityProven(held.person_id, by=by, assisted=assisted_by is not None))
    return Admitted(sessions.open_citizen_session(work, held.person_id, assisted_by))


def _key(work: Work, limit: Limit, tried: str) -> bytes:
    return work.keys.token_hash(limit.subject, tried)


def _count(work: Work, limit: Limit, key: bytes) -> bool:
    made = stored_identity.count_attempt(work.session, limit.subject, key, limit.window_of(work.now))
    return made <= limit.most


def _find_person(work: Work, name: str, number: CitizenId) -> int | None:
    """The living person of this name and number, or None where a decoy does."""
    found = stored_identity.find_candidate(
        work.session, work.keys.blind_indexes(NUMBER_COLUMN, number.digits)
    )
    on_record = found.name if found is not None else ""
    agrees = secrets.compare_digest(fold_name(on_record).encode(), fold_name(name).encode())
    return found.person_id if found is not None and agrees and found.is_alive else None


def _add_challenge(work: Work, person_id: int | None, number_key: bytes, code: str) -> str:
    """A new challenge, which this code answers."""
    challenge = secrets.token_urlsafe(24)
    stored_identity.add_code(
        work.session,
        kind=CodeKind.TEXTED,
        challenge_hash=work.keys.token_hash(_CHALLENGE, challenge),
        code_hash=work.keys.token_hash(f"texted {challenge}", code),
        issued_at=work.now,
        expires_at=work.now + TEXTED_LIFETIME,
        person_id=person_id,
        number_key=number_key,
    )
    return challenge


def _send_code(work: Work, person_id: int | None, number_key: bytes) -> str:
    code = f"{secrets.randbelow(10**TEXTED_DIGITS):0{TEXTED_DIGITS}}"
    challenge = _add_challenge(work, person_id, number_key, code)
    key = secrets.token_hex(16)
    stored_messages.add_text(
        work.session,
        key=key,
        person_id=person_id,
        wording="identity_code",
        facts={},
        secret_sealed=work.keys.seal(code, f"text_message.secret {key}"),
        now=work.now,
        expires_at=work.now + TEXTED_LIFETIME,
        state="decoy" if person_id is None else "queued",
    )
    return challenge


def _lock_open_challenge(work: Work, challenge: str) -> StoredCode:
    """A challenge that still takes a code."""
    code = _lock_running_challenge(work, challenge)
    if code.tries >= MOST_TRIES:
        raise CodeOver
    return code


def _lock_running_challenge(work: Work, challenge: str) -> StoredCode:
    """A challenge within its time, whose tries may be used up: the next code counts on the same number."""
    code = stored_identity.lock_challenge(work.session, work.keys.token_hashes(_CHALLENGE, challenge))
    if code is None or code.expires_at <= work.now:
        raise CodeOver
    return code
