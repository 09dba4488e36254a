"""The villagers of the demo: a crowd, told apart by their place in it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from portal.content.regions import Region
from portal.domain.citizen_id import CitizenId, demo_area, demo_citizen_number
from portal.domain.enrolment import BenefitStatus, Category, Scheme
from portal.domain.ledger.accounts import Source

REGISTERED = date(2020, 6, 15)
"""When the first rosters came in."""

FIRST_YEAR = 2020

_SURNAMES = "李王张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
_GIVEN = {
    False: ("桂芳", "秀英", "丽仙", "美兰", "玉珍", "凤英", "翠莲", "春梅", "红", "云霞", "素琴", "兰"),
    True: ("有福", "国强", "启明", "建平", "志刚", "德贵", "永昌", "学文", "军", "富贵", "文才", "勇"),
}
_ELDEST = date(1938, 1, 1)
_DAYS_OF_BIRTH = 18_013  # a prime: nobody shares both birthday and sequence number before it comes round
_STEP = 7_919
_SEQUENCES = 1_000
_CATEGORIES = {
    Category.LEGACY_MEMBER: "原参保人",
    Category.EXISTING_LANDLESS: "现有",
    Category.NEW_LANDLESS: "新产生",
}
_SCHEMES = {
    Scheme.RESIDENT: "居民",
    Scheme.EMPLOYEE: "职工",
    Scheme.LEGACY: "原办法",
    Scheme.NONE: "未参保",
}
_BENEFITS = {BenefitStatus.NOT_DRAWING: "未领取", BenefitStatus.DRAWING: "领取中"}
_BANKS = ("农村信用社", "工商银行", "农业银行", "邮政储蓄银行")


@dataclass(frozen=True)
class Villager:
    """One made-up person, as the rosters and the years know them.

    ``paid_years`` are contribution years that were subsidised; ``contribution`` is what they pay in a year.
    """

    region: str
    county: str
    town: str
    village: str
    name: str
    citizen_id: CitizenId
    insurance_no: str
    category: Category
    scheme: Scheme = Scheme.RESIDENT
    benefit_status: BenefitStatus = BenefitStatus.NOT_DRAWING
    phone: str | None = None
    account: str | None = None
    card: str | None = None
    bank_name: str | None = None
    confirmed_on: date | None = None
    died_on: date | None = None
    known_from: date = REGISTERED
    used_years: int = 0
    prior_subsidy: Decimal = Decimal(0)
    openings: Mapping[Source, Decimal] = field(default_factory=dict)
    contribution: Decimal = Decimal(0)
    paid_years: frozenset[int] = frozenset()
    merged: bool = False
    land_batch: str | None = None
    land_area: Decimal | None = None
    household: str | None = None
    shows: str = ""

    def row(self, as_of: date) -> dict[str, object]:
        """What a roster of a day says of them."""
        facts: dict[str, object] = {
            "name": self.name,
            "citizen_id": self.citizen_id.digits,
            "phone": self.phone,
            "county": self.county,
            "town": self.town,
            "village": self.village,
            "category": _CATEGORIES[self.category],
            "identity_confirmed_on": _if_known(self.confirmed_on, as_of),
            "scheme": _SCHEMES[self.scheme],
            "benefit_status": _BENEFITS[self.benefit_status],
            "insurance_no": self.insurance_no,
            "card": self.card,
            "account": self.account,
            "bank_name": self.bank_name,
            "opening_used_years": self.used_years,
            "opening_prior_subsidy": self.prior_subsidy,
            "land_batch": self.land_batch,
            "land_area": self.land_area,
            "household": self.household,
            "died_on": _if_known(self.died_on, as_of),
        }
        return {**facts, **{f"opening_{source}": self.openings.get(source) for source in Source}}


@dataclass(frozen=True)
class Place:
    """A region of the demo: where its people live, and which number it has among the regions."""

    region: Region
    position: int
    county: str
    keeps_accounts: bool
    credits_yearly: bool

    @property
    def area(self) -> str:
        """The made-up county code of its people's numbers."""
        return demo_area(self.position)

    def home(self, index: int) -> tuple[str, str]:
        """Town and village of the person at a place in the crowd."""
        homes = [(town.name.zh, village) for town in self.region.towns for village in town.villages]
        return homes[index % len(homes)]

    def insurance_no(self, index: int) -> str:
        """The insurance number at a place in the crowd."""
        return f"{self.region.id[:2].upper()}{index:08}"

    def phone(self, index: int) -> str:
        """A phone that nobody has; the demo sends no texts."""
        return f"139{self.position * 1_000_000 + index:08}"

    def account(self, index: int) -> str:
        """An account that nobody has."""
        return f"62284800{self.position}{index:010}"

    def card(self, index: int) -> str:
        """A social security card that nobody has."""
        return f"62310000{self.position}{index:010}"


def draw_number(place: Place, index: int, born: date | None = None) -> CitizenId:
    """The number at a place in the crowd, another one for each; an odd place is a man's."""
    sequence = index % _SEQUENCES
    day = born or _ELDEST + timedelta(days=index * _STEP % _DAYS_OF_BIRTH)
    return demo_citizen_number(place.area, day, sequence)


def draw_crowd(place: Place, first: int, count: int, this_year: int) -> Iterator[Villager]:
    """So many ordinary people, from a place in the crowd on."""
    for index in range(first, first + count):
        yield _draw_one(place, index, this_year)


def _draw_one(place: Place, index: int, this_year: int) -> Villager:
    town, village = place.home(index // 3)
    citizen_id = draw_number(place, index)
    lot = index * 37 % 100
    category, scheme, benefit = _draw_standing(lot, citizen_id.birth_year, this_year)
    is_legacy = category is Category.LEGACY_MEMBER
    confirmed = date(2020, 5, 6) + timedelta(days=lot % 30) if not is_legacy and lot % 7 else None
    merged = is_legacy and scheme is Scheme.RESIDENT
    contributes = scheme is Scheme.RESIDENT and benefit is BenefitStatus.NOT_DRAWING and place.keeps_accounts
    return Villager(
        region=place.region.id,
        county=place.county,
        town=town,
        village=village,
        name=_SURNAMES[index * 13 % len(_SURNAMES)] + _draw_given(index),
        citizen_id=citizen_id,
        insurance_no=place.insurance_no(index),
        category=category,
        scheme=scheme,
        benefit_status=benefit,
        phone=place.phone(index) if lot % 10 else None,
        account=place.account(index),
        card=place.card(index) if lot % 3 == 0 else None,
        bank_name=_BANKS[index % len(_BANKS)],
        confirmed_on=confirmed,
        prior_subsidy=Decimal(1000 * (6 + lot % 10)) if is_legacy and place.credits_yearly else Decimal(0),
        openings=_draw_openings(lot) if is_legacy and place.keeps_accounts else {},
        contribution=Decimal(200 + 100 * (lot % 10)) if contributes else Decimal(0),
        paid_years=_draw_years(lot, this_year) if confirmed and place.credits_yearly else frozenset(),
        merged=merged and place.credits_yearly,
        land_area=Decimal(lot % 40 + 5) / 10,
    )


def _draw_given(index: int) -> str:
    names = _GIVEN[index % 2 == 1]
    return names[index // 2 * 5 % len(names)]


def _draw_standing(lot: int, birth_year: int, this_year: int) -> tuple[Category, Scheme, BenefitStatus]:
    draws = BenefitStatus.DRAWING if this_year - birth_year > 60 else BenefitStatus.NOT_DRAWING
    if lot < 45:
        joined = Scheme.RESIDENT if lot % 3 == 0 else Scheme.LEGACY
        return Category.LEGACY_MEMBER, joined, draws
    category = Category.EXISTING_LANDLESS if lot < 85 else Category.NEW_LANDLESS
    if lot % 10 < 2:
        return category, Scheme.NONE, BenefitStatus.NOT_DRAWING
    if lot % 10 < 5 and draws is BenefitStatus.NOT_DRAWING:
        return category, Scheme.EMPLOYEE, draws
    return category, Scheme.RESIDENT, draws


def _draw_openings(lot: int) -> dict[Source, Decimal]:
    return {
        Source.OWN_CONTRIBUTION: Decimal(3000 + 150 * lot),
        Source.GOV_SUBSIDY: Decimal(6000 + 100 * (lot % 20)),
        Source.INTEREST: Decimal(lot * 731 + 12) / 100,
    }


def _draw_years(lot: int, this_year: int) -> frozenset[int]:
    return frozenset(year for year in range(FIRST_YEAR, this_year) if (lot + year) % 9)


def _if_known(day: date | None, as_of: date) -> date | None:
    return day if day is not None and day <= as_of else None
