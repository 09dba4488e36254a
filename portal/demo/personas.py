"""The people of the demo who are worth visiting: one for each situation that the texts know."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from portal.demo.land import (
    BACKLOG_BATCH,
    CREDITED_BATCH,
    LEVY_BATCH,
    NOTICE_BATCH,
    OPEN_BATCH,
    QUOTA_BATCH,
    household_code,
)
from portal.demo.villagers import FIRST_YEAR, Place, Villager, draw_number
from portal.domain.citizen_id import CitizenId, demo_citizen_number
from portal.domain.enrolment import BenefitStatus, Category, Scheme
from portal.domain.ledger.accounts import Source

MOST_PERSONAS = 100
"""The first places in each region's crowd are theirs."""

_DRAWING = BenefitStatus.DRAWING
_CONFIRMED = date(2020, 5, 20)
_LEGACY_MEMBER: dict[str, Any] = {
    "category": Category.LEGACY_MEMBER,
    "prior_subsidy": Decimal(9000),
    "openings": {
        Source.OWN_CONTRIBUTION: Decimal("9000.00"),
        Source.GOV_SUBSIDY: Decimal("9000.00"),
        Source.INTEREST: Decimal("765.43"),
    },
}


@dataclass(frozen=True)
class Heir:
    """Somebody without a record, who claims for a persona that died; ``is_let_in`` by a second person."""

    region: str
    of: str
    name: str
    citizen_id: CitizenId
    is_let_in: bool


def list_heirs(place: Place) -> list[Heir]:
    """The heirs of the demo; younger than anybody of the crowd, so that no number is taken twice."""
    if place.region.id != "guangdong":
        return []
    told = [("夏小妹", date(1990, 3, 8), True), ("夏大弟", date(1992, 10, 1), False)]
    return [
        Heir(place.region.id, "夏阿婆", name, demo_citizen_number(place.area, born, number), is_let_in)
        for number, (name, born, is_let_in) in enumerate(told, 1)
    ]


def list_personas(place: Place, today: date) -> list[Villager]:
    """The people of a region that the demo tells by name."""
    return list(_PERSONAS.get(place.region.id, _list_ordinary)(_Cast(place, today)))


class _Cast:
    """Gives each persona the next place in the crowd, and facts that fit unless said otherwise."""

    def __init__(self, place: Place, today: date) -> None:
        self.place = place
        self.today = today
        self._next = 0

    def years_until(self, last: int, count: int) -> frozenset[int]:
        """So many contribution years up to one, none before the first that counts."""
        return frozenset(range(max(FIRST_YEAR, last - count + 1), last + 1))

    def play(self, name: str, born: date, shows: str, *, man: bool = False, **facts: Any) -> Villager:
        """One more persona. An odd place in the crowd is a man's, so a place may stay empty."""
        index = self._next + (self._next % 2 != int(man))
        self._next = index + 1
        place = self.place
        town, village = place.home(index // 2)
        usual: dict[str, Any] = {
            "category": Category.EXISTING_LANDLESS,
            "phone": place.phone(index),
            "account": place.account(index),
            "bank_name": "农村信用社",
            "land_area": Decimal("1.8"),
        }
        return Villager(
            **{
                **usual,
                "region": place.region.id,
                "county": place.county,
                "town": town,
                "village": village,
                "name": name,
                "citizen_id": draw_number(place, index, born),
                "insurance_no": place.insurance_no(index),
                "shows": shows,
                **facts,
            }
        )


def _list_jinning(cast: _Cast) -> Iterator[Villager]:
    yield from _list_claimants(cast)
    yield from _list_legacy_members(cast)
    yield from _list_others(cast)


def _list_claimants(cast: _Cast) -> Iterator[Villager]:
    year = cast.today.year
    employee: dict[str, Any] = {"scheme": Scheme.EMPLOYEE, "confirmed_on": _CONFIRMED}

    def of_years(count: int) -> dict[str, Any]:
        return {**employee, "paid_years": cast.years_until(year - 1, count)}

    play = cast.play
    yield play(
        "李桂芳",
        date(1971, 5, 17),
        f"3 of 15 years paid; this year's 1,000 yuan ({year}) can be claimed",
        **of_years(3),
    )
    yield play("王有福", date(1970, 8, 2), "claim waits for the first review", man=True, **of_years(4))
    yield play("陈秀英", date(1973, 1, 9), "3 of 15 years paid, one claim in second review", **of_years(3))
    yield play("赵启明", date(1969, 11, 30), "claim waits for approval", man=True, **of_years(5))
    yield play("杨丽仙", date(1974, 6, 21), "claim approved, waits for payment", **of_years(2))
    yield play("李国强", date(1972, 2, 14), "payment is with the bank", man=True, **of_years(3))
    yield play("周美兰", date(1971, 9, 8), "the bank sent the payment back", **of_years(2))
    yield play("张桂英", date(1970, 3, 25), "this year's claim is paid and rated", **of_years(4))
    yield play(
        "吴建平", date(1973, 12, 1), "claim sent back: the receipt comes again", man=True, **of_years(1)
    )
    yield play("徐玉珍", date(1972, 7, 19), "claim rejected, can be filed again", **of_years(2))
    yield play("孙德贵", date(1969, 4, 4), "claim taken back by the villager", man=True, **of_years(3))
    yield play("胡凤英", date(1975, 10, 11), "a draft is begun and waits for a receipt", **of_years(2))
    yield play("朱文才", date(1968, 1, 28), "15 of 15 years paid", man=True, used_years=15, **employee)
    yield play(
        "高素琴", date(1973, 5, 5), "phone on record is to change; waits for a second person", **of_years(2)
    )
    yield play(
        "林勇", date(1974, 9, 16), "no phone on record: paper code only", man=True, phone=None, **of_years(1)
    )
    yield play(
        "何云霞",
        date(1972, 3, 3),
        "no account on record to pay to",
        account=None,
        bank_name=None,
        **of_years(2),
    )


def _list_legacy_members(cast: _Cast) -> Iterator[Villager]:
    member = _LEGACY_MEMBER
    play = cast.play
    yield play(
        "郭富贵",
        date(1952, 6, 6),
        "legacy member drawing benefits",
        man=True,
        scheme=Scheme.LEGACY,
        benefit_status=_DRAWING,
        **member,
    )
    yield play(
        "马翠莲", date(1971, 4, 12), "legacy member who may merge or withdraw", scheme=Scheme.LEGACY, **member
    )
    yield play(
        "罗学文",
        date(1968, 10, 23),
        "legacy member merged into the residents' pension, 6,000 yuan topped up",
        man=True,
        merged=True,
        contribution=Decimal(500),
        **member,
    )
    yield play(
        "梁春梅",
        date(1958, 8, 8),
        "legacy member already drawing an employee pension: refund claim filed",
        scheme=Scheme.EMPLOYEE,
        benefit_status=_DRAWING,
        **member,
    )
    yield play(
        "宋志刚",
        date(1970, 2, 2),
        "legacy member paying into the employees' pension, not withdrawn yet",
        man=True,
        scheme=Scheme.EMPLOYEE,
        **member,
    )
    yield play(
        "郑红", date(1966, 12, 20), "legacy member who chose neither route", scheme=Scheme.NONE, **member
    )


def _list_others(cast: _Cast) -> Iterator[Villager]:
    year = cast.today.year
    play = cast.play
    yield play(
        "谢军", date(1976, 7, 7), "identity not confirmed yet, asked for it", man=True, scheme=Scheme.NONE
    )
    yield play(
        "韩兰",
        date(1969, 3, 14),
        "residents' pension, credited every year by the bureau",
        confirmed_on=_CONFIRMED,
        contribution=Decimal(800),
        paid_years=cast.years_until(year - 1, 5),
    )
    yield play(
        "唐永昌",
        date(1955, 5, 30),
        "drawing a residents' pension, identity not confirmed",
        man=True,
        benefit_status=_DRAWING,
    )
    yield play(
        "冯春兰",
        date(1980, 1, 17),
        "newly landless this year, confirmed, in no pension yet",
        category=Category.NEW_LANDLESS,
        scheme=Scheme.NONE,
        confirmed_on=cast.today - timedelta(days=60),
        known_from=cast.today - timedelta(days=90),
    )
    yield play(
        "于德胜",
        date(1984, 11, 2),
        "newly landless, confirmation under way",
        man=True,
        category=Category.NEW_LANDLESS,
        scheme=Scheme.NONE,
        known_from=cast.today - timedelta(days=90),
    )
    yield play(
        "董桂花",
        date(1948, 9, 9),
        "deceased; no code is sent",
        confirmed_on=_CONFIRMED,
        benefit_status=_DRAWING,
        died_on=cast.today - timedelta(days=200),
    )
    yield play(
        "秦玉芳",
        date(1971, 6, 16),
        "legacy member who withdrew: the refund is paid, and this year's subsidy can be claimed",
        scheme=Scheme.EMPLOYEE,
        **_LEGACY_MEMBER,
    )


def _list_hedong(cast: _Cast) -> Iterator[Villager]:
    play = cast.play
    yield play(
        "萧秀兰",
        date(1970, 4, 3),
        "on the final list of a batch, land subsidy in the account",
        land_batch=CREDITED_BATCH,
        contribution=Decimal(500),
    )
    yield play(
        "程建国",
        date(1967, 7, 21),
        "batch of before 2019, money not credited yet",
        man=True,
        land_batch=BACKLOG_BATCH,
    )
    yield play("曹玉兰", date(1975, 2, 11), "village plan is on public notice now", land_batch=NOTICE_BATCH)
    yield play(
        "袁小军",
        date(2013, 6, 1),
        "a child on the list",
        man=True,
        scheme=Scheme.NONE,
        phone=None,
        land_batch=CREDITED_BATCH,
    )
    yield play(
        "邓丽",
        date(1979, 8, 15),
        "pays into the employees' pension",
        scheme=Scheme.EMPLOYEE,
        land_batch=CREDITED_BATCH,
    )
    yield play(
        "许文华",
        date(1957, 10, 10),
        "draws an employee pension",
        man=True,
        scheme=Scheme.EMPLOYEE,
        benefit_status=_DRAWING,
        land_batch=CREDITED_BATCH,
    )


def _list_linyi(cast: _Cast) -> Iterator[Villager]:
    play = cast.play
    yield play(
        "傅秀芝",
        date(1972, 3, 18),
        "pays every year, interest and subsidy posted",
        contribution=Decimal(1000),
    )
    yield play("沈长河", date(1954, 1, 5), "draws the residents' pension", man=True, benefit_status=_DRAWING)
    yield play("曾小燕", date(1983, 9, 29), "moves away: transfer filed", contribution=Decimal(500))
    yield play(
        "彭有田",
        date(1976, 12, 12),
        "asked for a changed household entry",
        man=True,
        contribution=Decimal(300),
    )
    yield play(
        "吕秀娥",
        date(1946, 5, 22),
        "deceased with a balance; no code is sent",
        benefit_status=_DRAWING,
        died_on=cast.today - timedelta(days=40),
        openings={Source.OWN_CONTRIBUTION: Decimal("3000.00"), Source.INTEREST: Decimal("61.20")},
    )


def _list_taizhou(cast: _Cast) -> Iterator[Villager]:
    none: dict[str, Any] = {"scheme": Scheme.NONE, "land_batch": QUOTA_BATCH}
    play = cast.play
    yield play(
        "苏彩霞",
        date(1974, 4, 20),
        "speaks for a household with one quota",
        household=household_code(1),
        **none,
    )
    yield play(
        "卢海平",
        date(1981, 6, 13),
        "picked by the household to enrol",
        man=True,
        household=household_code(2),
        **none,
    )
    yield play("蔡金花", date(1977, 1, 31), "household waives its quota", household=household_code(3), **none)
    yield play(
        "丁根土",
        date(1965, 8, 26),
        "quota lapses within a month",
        man=True,
        household=household_code(4),
        **none,
    )
    yield play(
        "魏雪琴", date(1969, 10, 7), "waits for a reallocated quota", household=household_code(5), **none
    )
    yield play(
        "薛阿土",
        date(1963, 2, 27),
        "insured already",
        man=True,
        scheme=Scheme.EMPLOYEE,
        household=household_code(6),
    )
    yield play(
        "叶美珠", date(1978, 11, 19), "quota lapsed, gave a good reason", household=household_code(7), **none
    )


def _list_guangdong(cast: _Cast) -> Iterator[Villager]:
    new: dict[str, Any] = {"category": Category.NEW_LANDLESS, "land_batch": LEVY_BATCH}
    employee = {**new, "scheme": Scheme.EMPLOYEE}
    play = cast.play
    yield play(
        "阎彩凤",
        date(1973, 5, 24),
        "levy credited to the residents' account",
        contribution=Decimal(600),
        **new,
    )
    yield play(
        "余国华",
        date(1980, 3, 12),
        "special ledger with levy and interest",
        man=True,
        card=cast.place.card(901),
        **employee,
    )
    yield play(
        "潘丽娟",
        date(1976, 7, 30),
        "reimbursement out of the special ledger filed",
        card=cast.place.card(902),
        **employee,
    )
    yield play("杜伟强", date(1984, 12, 9), "has not chosen between ledger and account", man=True, **employee)
    yield play(
        "戴秀琼", date(1971, 9, 1), "has no social security card: asks for another account", **employee
    )
    yield play(
        "夏阿婆",
        date(1944, 6, 18),
        "deceased with a special ledger: one heir is let in to the claim, one waits",
        died_on=cast.today - timedelta(days=75),
        scheme=Scheme.NONE,
        **new,
    )
    yield play(
        "钟志明",
        date(1979, 1, 22),
        "batch approved, levy not shared out yet",
        man=True,
        category=Category.NEW_LANDLESS,
        land_batch=OPEN_BATCH,
    )


def _list_ordinary(cast: _Cast) -> Iterator[Villager]:
    """Of a region that the demo has no stories of: one person."""
    yield cast.play("李桂芳", date(1971, 5, 17), "an ordinary record")


_PERSONAS: dict[str, Callable[[_Cast], Iterator[Villager]]] = {
    "jinning": _list_jinning,
    "hedong": _list_hedong,
    "linyi": _list_linyi,
    "taizhou": _list_taizhou,
    "guangdong": _list_guangdong,
}
