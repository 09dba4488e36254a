"""Roles at the desk, and what happens to the accounts that hold them."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from portal.domain.audit import Act, RecordedAct
from portal.domain.errors import Refusal
from portal.domain.identity import Limit

LEAST_PASSWORD_LENGTH = 12
LONGEST_NAME = 50
LONGEST_JOB_NUMBER = 20
RIGHTS_REVIEWED_EVERY = timedelta(days=365)
FIRST_PASSWORD_LIFETIME = timedelta(days=3)

SIGN_INS_BY_ADDRESS = Limit("sign_in_address", 60, timedelta(hours=1))
SIGN_INS_BY_LOGIN = Limit("sign_in_login", 10, timedelta(minutes=15))

# It stands in addresses of the desk and in the QR code of the second factor; nobody confuses two of them.
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,59}")


class Role(StrEnum):
    """What a staff account may do; one account may hold several, one claim still takes four people."""

    CLERK = "clerk"
    FIRST_REVIEWER = "first_reviewer"
    SECOND_REVIEWER = "second_reviewer"
    APPROVER = "approver"
    CASHIER = "cashier"
    AUDITOR = "auditor"
    CURATOR = "curator"
    ADMINISTRATOR = "administrator"


COUNTY_ROLES = frozenset({Role.AUDITOR, Role.ADMINISTRATOR})
"""Roles that reach all accounts or the whole log of a county, and no single town of it."""


class SignInRefused(Refusal):
    """Login, password or code is wrong, or the account is disabled; which of them is not said."""

    code: ClassVar[str] = "sign_in_refused"


class LoginUnsound(Refusal):
    """A login has 2 to 60 small letters, digits, dots, dashes and underscores, a letter or digit first."""

    code: ClassVar[str] = "login_unsound"


class StaffNameUnsound(Refusal):
    """A person at the desk has a name of up to ``facts["most"]`` characters."""

    code: ClassVar[str] = "staff_name_unsound"


class JobNumberUnsound(Refusal):
    """A job number has up to ``facts["most"]`` characters, and no space among them."""

    code: ClassVar[str] = "job_number_unsound"


class RegionNotServed(Refusal):
    """This portal does not serve the region; it serves ``facts["regions"]``."""

    code: ClassVar[str] = "region_not_served"


class UnknownTown(Refusal):
    """The region has no such town; it has ``facts["towns"]``."""

    code: ClassVar[str] = "unknown_town"


class RoleOfWholeCounty(Refusal):
    """An account that is kept to one town holds a role that reaches the whole county."""

    code: ClassVar[str] = "role_of_whole_county"


class KnownOtherwise(Refusal):
    """Whoever has this citizen number is at the desk already, under another name or job number."""

    code: ClassVar[str] = "known_otherwise"


class LoginTaken(Refusal):
    """Another account already has this login."""

    code: ClassVar[str] = "login_taken"


class JobNumberTaken(Refusal):
    """Another natural person already has this job number."""

    code: ClassVar[str] = "job_number_taken"


class FirstPasswordStands(Refusal):
    """Whoever was handed a password chooses one of their own before the desk opens."""

    code: ClassVar[str] = "first_password_stands"


class FirstPasswordLapsed(Refusal):
    """A password that was handed over was not used in time; somebody has to make another."""

    code: ClassVar[str] = "first_password_lapsed"


class AccountUnconfirmed(Refusal):
    """An administrator made, reset or gave roles to the account, and nobody else has agreed to it yet."""

    code: ClassVar[str] = "account_unconfirmed"


class OwnAccount(Refusal):
    """Nobody opens, disables or reviews an account of their own, however many they have."""

    code: ClassVar[str] = "own_account"


class AccountDisabled(Refusal):
    """An account that was closed stays closed: it gets neither rights nor a second factor."""

    code: ClassVar[str] = "account_disabled"


class PasswordTooWeak(Refusal):
    """The password is shorter than ``facts["least"]`` characters."""

    code: ClassVar[str] = "password_too_weak"


def parse_login(text: str) -> str:
    """A login from what somebody typed; raises ``LoginUnsound``."""
    login = text.strip()
    if not _LOGIN.fullmatch(login):
        raise LoginUnsound
    return login


def parse_name(text: str) -> str:
    """A name from what somebody typed; raises ``StaffNameUnsound``."""
    name = " ".join(text.split())
    if not (0 < len(name) <= LONGEST_NAME and name.isprintable()):
        raise StaffNameUnsound(most=LONGEST_NAME)
    return name


def parse_job_number(text: str) -> str:
    """A job number from what somebody typed; raises ``JobNumberUnsound``."""
    job_no = text.strip()
    if not (0 < len(job_no) <= LONGEST_JOB_NUMBER and job_no.isprintable() and " " not in job_no):
        raise JobNumberUnsound(most=LONGEST_JOB_NUMBER)
    return job_no


def check_roles(roles: Collection[Role], town: str | None) -> None:
    """Refuse a role that reaches the whole county to an account of one town; raises ``RoleOfWholeCounty``."""
    if town is not None and not COUNTY_ROLES.isdisjoint(roles):
        raise RoleOfWholeCounty


@dataclass(frozen=True)
class Standing:
    """What an account rests on.

    ``on_word_of`` are the people at the desk who alone vouch for it; nobody signs in until somebody else has
    confirmed it. ``handed_over_at`` is since when a password that somebody else made up can be used.
    """

    on_word_of: frozenset[int] = frozenset()
    handed_over_at: datetime | None = None

    def waits_for(self, person_id: int) -> bool:
        """Whether this person's word would confirm it."""
        return bool(self.on_word_of) and person_id not in self.on_word_of

    def has_lapsed(self, now: datetime) -> bool:
        """Whether a password that was handed over is too old to be used."""
        return self.handed_over_at is not None and now - self.handed_over_at > FIRST_PASSWORD_LIFETIME

    @classmethod
    def fold(cls, acts: Iterable[RecordedAct]) -> "Standing":
        """Where an account stands after what was done to it, oldest first.

        Whoever acts from the command line is an operator, and no row; their word needs no second.
        """
        word: frozenset[int] = frozenset()
        since = None
        for act in acts:
            by = frozenset() if act.actor_id is None else frozenset({act.actor_id})
            if act.act == StaffAdded.name:
                word, since = by, act.at
            elif act.act == SignInReset.name:
                word, since = word | by, act.at
            elif act.act == RightsReviewed.name and by.isdisjoint(word):
                since = act.at if word else since
                word = by if act.facts.get("given") else frozenset()
        return cls(word, since)


def is_review_due(reviewed_at: datetime, now: datetime) -> bool:
    """Whether an account's rights were last looked at more than a year ago."""
    return now - reviewed_at > RIGHTS_REVIEWED_EVERY


@dataclass(frozen=True)
class StaffSignedIn(Act):
    """Someone signed in at the desk."""

    subject: ClassVar[str] = "account"
    account_id: int


@dataclass(frozen=True)
class StaffAdded(Act):
    """An account was added for a natural person, with these roles."""

    subject: ClassVar[str] = "account"
    account_id: int
    roles: tuple[str, ...]


@dataclass(frozen=True)
class StaffDisabled(Act):
    """An account was disabled; its sessions ended."""

    subject: ClassVar[str] = "account"
    account_id: int


@dataclass(frozen=True)
class SignInReset(Act):
    """Password and second factor of an account were made anew; its sessions ended."""

    subject: ClassVar[str] = "account"
    account_id: int


@dataclass(frozen=True)
class PasswordChanged(Act):
    """Someone changed their own password."""

    subject: ClassVar[str] = "account"
    account_id: int


@dataclass(frozen=True)
class RightsReviewed(Act):
    """Somebody looked at an account's rights and set them; ``given`` are the roles it had not held."""

    subject: ClassVar[str] = "account"
    account_id: int
    roles: tuple[str, ...]
    given: tuple[str, ...]


STANDING_RESTS_ON = frozenset({StaffAdded.name, SignInReset.name, RightsReviewed.name})
"""The acts that ``Standing.fold`` reads."""
