"""A villager as the portal knows them; numbers stay sealed, and only their last digits are here."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar

from portal.domain.enrolment import BenefitStatus, Category, Scheme
from portal.domain.errors import Refusal


class NoSuchPerson(Refusal):
    """There is no such person here, or they are out of this desk's reach."""

    code: ClassVar[str] = "no_such_person"


@dataclass(frozen=True)
class Person:
    """One villager: where they live, how they are insured, and the figures the roster opened with.

    ``phone_tail``, ``card_tail`` and ``account_tail`` are the last four digits of what is sealed;
    ``payee_held_until`` holds payments after a risky change; ``data_as_of`` is the day of the data.
    """

    id: int
    uid: str
    region: str
    county: str
    town: str
    village: str
    village_group: str | None
    name: str
    birth_year: int
    category: Category
    identity_confirmed_on: date | None
    scheme: Scheme
    benefit_status: BenefitStatus
    insurance_no: str | None
    phone_tail: str | None
    card_tail: str | None
    account_tail: str | None
    bank_name: str | None
    payee_held_until: datetime | None
    opening_used_years: int
    opening_prior_subsidy: Decimal
    land_batch: str | None
    land_area: str | None
    household: str | None
    withdrawn_on: date | None
    died_on: date | None
    data_as_of: date
    version: int

    @property
    def is_alive(self) -> bool:
        """Whether no death is on record."""
        return self.died_on is None

    @property
    def is_confirmed(self) -> bool:
        """Whether the identity was confirmed (jinning-2020#5.2); legacy members need none."""
        return self.identity_confirmed_on is not None

    def has_payee(self) -> bool:
        """Whether there is an account of their own to pay to."""
        return self.account_tail is not None or self.card_tail is not None
