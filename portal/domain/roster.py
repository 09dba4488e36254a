"""The roster (花名册): who a county says its land-expropriated farmers are, and what a newer one changes."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar, NamedTuple

from portal.domain.cells import (
    read_account,
    read_area,
    read_choice,
    read_citizen_id,
    read_count,
    read_date,
    read_insurance_no,
    read_person_name,
    read_phone,
    read_words,
)
from portal.domain.citizen_id import CitizenId
from portal.domain.enrolment import BenefitStatus, Category, Scheme
from portal.domain.errors import Refusal
from portal.domain.ledger.accounts import Source
from portal.domain.money import Yuan, parse_yuan
from portal.domain.sheets import Circumstances, Column, Layout, Wrong, check_past

SUBSIDY_YEARS_AT_MOST = 15


class CitizenIdMadeUp(Refusal):
    """A number of the demonstration, which outside it belongs to nobody."""

    code: ClassVar[str] = "citizen_id_made_up"


class DateBeforeBirth(Refusal):
    """A day before the birth date in the citizen number."""

    code = "date_before_birth"


class RosterFacts(NamedTuple):
    """What a roster says about one person; None is what it does not say."""

    name: str
    citizen_id: CitizenId
    phone: str | None
    county: str
    town: str
    village: str
    village_group: str | None
    category: Category
    identity_confirmed_on: date | None
    scheme: Scheme | None
    benefit_status: BenefitStatus | None
    insurance_no: str | None
    card: str | None
    account: str | None
    bank_name: str | None
    opening_used_years: int | None
    opening_prior_subsidy: Yuan | None
    opening_own_contribution: Yuan | None
    opening_collective_subsidy: Yuan | None
    opening_organisation_aid: Yuan | None
    opening_charity_aid: Yuan | None
    opening_individual_aid: Yuan | None
    opening_gov_subsidy: Yuan | None
    opening_land_levy: Yuan | None
    opening_interest: Yuan | None
    land_batch: str | None
    land_area: Decimal | None
    household: str | None
    died_on: date | None

    def __repr__(self) -> str:
        return f"RosterFacts({self.citizen_id!r})"

    @property
    def opening_balances(self) -> dict[Source, Yuan]:
        """The opening balance of the personal account by source, as far as the roster gives one."""
        given = ((source, getattr(self, f"opening_{source.value}")) for source in Source)
        return {source: amount for source, amount in given if amount is not None}


def _check_facts(facts: RosterFacts, circumstances: Circumstances) -> Iterator[Wrong]:
    citizen_id: CitizenId | None = facts.citizen_id  # None when it could not be read
    born = citizen_id.birth_date if citizen_id else None
    if citizen_id and citizen_id.is_demo and not circumstances.demo:
        yield "citizen_id", CitizenIdMadeUp
    yield from check_past("citizen_id", born, circumstances)
    for column, day in (
        ("identity_confirmed_on", facts.identity_confirmed_on),
        ("died_on", facts.died_on),
    ):
        yield from check_past(column, day, circumstances)
        if day and born and day < born:
            yield column, DateBeforeBirth


_place_name = read_words(40)
_long_name = read_words(60)

ROSTER = Layout(
    "roster",
    RosterFacts,
    (
        Column("name", "姓名", "Name", read_person_name, required=True),
        Column(
            "citizen_id",
            "公民身份号码",
            "Citizen number",
            read_citizen_id,
            required=True,
            unique=True,
            also=("身份证号", "身份证号码", "公民身份证号码", "身份号码"),
        ),
        Column("phone", "手机号", "Mobile phone", read_phone, also=("手机号码", "联系电话", "手机")),
        Column("county", "区县", "County", _place_name, required=True, repeats=True, also=("县区",)),
        Column("town", "乡镇", "Town", _place_name, required=True, repeats=True, also=("乡镇街道", "镇街")),
        Column("village", "村", "Village", _place_name, required=True, repeats=True, also=("村社区",)),
        Column("village_group", "组", "Group", _place_name, repeats=True, also=("村民小组", "小组")),
        Column(
            "category",
            "人员类别",
            "Category",
            read_choice(
                {
                    "原参保人": Category.LEGACY_MEMBER,
                    "现有": Category.EXISTING_LANDLESS,
                    "新产生": Category.NEW_LANDLESS,
                    "legacymember": Category.LEGACY_MEMBER,
                    "existing": Category.EXISTING_LANDLESS,
                    "new": Category.NEW_LANDLESS,
                }
            ),
            required=True,
            repeats=True,
        ),
        Column("identity_confirmed_on", "身份确认日期", "Identity confirmed on", read_date, repeats=True),
        Column(
            "scheme",
            "参保险种",
            "Scheme",
            read_choice(
                {
                    "居民": Scheme.RESIDENT,
                    "职工": Scheme.EMPLOYEE,
                    "原办法": Scheme.LEGACY,
                    "未参保": Scheme.NONE,
                    "resident": Scheme.RESIDENT,
                    "employee": Scheme.EMPLOYEE,
                    "legacy": Scheme.LEGACY,
                    "none": Scheme.NONE,
                }
            ),
            repeats=True,
        ),
        Column(
            "benefit_status",
            "待遇状态",
            "Benefit status",
            read_choice(
                {
                    "未领取": BenefitStatus.NOT_DRAWING,
                    "领取中": BenefitStatus.DRAWING,
                    "notdrawing": BenefitStatus.NOT_DRAWING,
                    "drawing": BenefitStatus.DRAWING,
                }
            ),
            repeats=True,
        ),
        Column(
            "insurance_no", "保险编号", "Insurance number", read_insurance_no, unique=True, also=("个人编号",)
        ),
        Column("card", "社保卡号", "Social security card", read_account),
        Column("account", "银行账号", "Bank account", read_account, also=("银行卡号",)),
        Column("bank_name", "开户行", "Bank", _long_name, repeats=True, also=("开户银行",)),
        Column(
            "opening_used_years",
            "期初已补助年数",
            "Opening subsidised years",
            read_count(0, SUBSIDY_YEARS_AT_MOST),
            repeats=True,
        ),
        Column(
            "opening_prior_subsidy",
            "期初已享受政府补贴",
            "Opening subsidy received",
            parse_yuan,
            repeats=True,
        ),
        Column(
            "opening_own_contribution", "期初个人缴费", "Opening own contribution", parse_yuan, repeats=True
        ),
        Column(
            "opening_collective_subsidy",
            "期初集体补助",
            "Opening collective subsidy",
            parse_yuan,
            repeats=True,
        ),
        Column(
            "opening_organisation_aid",
            "期初其他组织资助",
            "Opening aid of organisations",
            parse_yuan,
            repeats=True,
        ),
        Column("opening_charity_aid", "期初公益资助", "Opening aid of charities", parse_yuan, repeats=True),
        Column(
            "opening_individual_aid", "期初个人资助", "Opening aid of individuals", parse_yuan, repeats=True
        ),
        Column("opening_gov_subsidy", "期初政府补贴", "Opening government subsidy", parse_yuan, repeats=True),
        Column("opening_land_levy", "期初征地社保费", "Opening land levy", parse_yuan, repeats=True),
        Column("opening_interest", "期初利息", "Opening interest", parse_yuan, repeats=True),
        Column("land_batch", "征地批次", "Land batch", _long_name, repeats=True),
        Column("land_area", "土地面积", "Land area", read_area, also=("土地面积亩", "土地面积(亩)")),
        Column("household", "户编号", "Household", _place_name),
        Column("died_on", "死亡日期", "Died on", read_date, repeats=True),
    ),
    _check_facts,
)

_PAYEE_FIELDS = frozenset({"card", "account", "bank_name"})


class ChangeKind(StrEnum):
    """What a roster row means for the person it names."""

    NEW = "new"
    UNCHANGED = "unchanged"
    CHANGED = "changed"


class Risk(StrEnum):
    """What a thief would change to take over a record: where codes go, and where money goes."""

    PHONE = "phone"
    PAYEE = "payee"


class FieldChange(NamedTuple):
    """One field with what is on record and what the roster says instead."""

    field: str
    old: object
    new: object

    @property
    def risk(self) -> Risk | None:
        """The take-over risk of this change; a first phone or payee where there was none is one as well."""
        if self.field == "phone":
            return Risk.PHONE
        return Risk.PAYEE if self.field in _PAYEE_FIELDS else None

    def __repr__(self) -> str:
        return f"FieldChange({self.field!r})"


class RosterChange(NamedTuple):
    """A person of the roster beside the record: new, unchanged, or changed in these fields."""

    kind: ChangeKind
    fields: tuple[FieldChange, ...] = ()


_ALL_NEW = RosterChange(ChangeKind.NEW)


def compare(old: RosterFacts | None, new: RosterFacts) -> RosterChange:
    """Set a roster row beside what is on record for the same citizen number.

    A cell that is empty says nothing, so it changes nothing: a short roster does not wipe out phones.
    """
    if old is None:
        return _ALL_NEW
    if old.citizen_id != new.citizen_id:
        raise ValueError("a roster row is compared with the record of the same person")
    changes = tuple(
        FieldChange(name, before, after)
        for name, before, after in zip(RosterFacts._fields, old, new, strict=True)
        if after is not None and after != before
    )
    return RosterChange(ChangeKind.CHANGED if changes else ChangeKind.UNCHANGED, changes)
