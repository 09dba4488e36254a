"""Where a villager stands, in one sentence, and what the record's codes are called."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from flask_babel import gettext

from portal.domain.claim_kinds import ClaimKind
from portal.domain.claims import ClaimState
from portal.domain.enrolment import BenefitStatus, Scheme
from portal.domain.land_records import BatchState
from portal.domain.ledger.accounts import Source
from portal.domain.money import ZERO
from portal.domain.subsidy import GridYear, YearState
from portal.services.record_pictures import LandWay, account_by_year, land_way
from portal.services.records import CourseStep, OpenMatter, Record
from portal.web.place import say
from portal.web.wording.amounts import day, spoken_yuan
from portal.web.wording.claims import kind_name
from portal.web.wording.ledger import SWATCHES, source_name
from portal.web.wording.punctuation import mark


def headline(record: Record) -> str:
    """One sentence that says where the person stands."""
    if record.years_left is not None:
        return _years_headline(record, record.years_left.count)
    if record.letter is not None:
        return gettext(
            "您家有%(quotas)s个参保名额，管到%(last)s。",
            quotas=record.letter.quotas,
            last=day(record.letter.valid_until),
        )
    if record.top_up is not None and record.top_up.yuan:
        return gettext("老账户并到居民养老，还要补您%(amount)s元。", amount=spoken_yuan(record.top_up.yuan))
    if record.result is not None:
        return gettext("%(standing)s。", standing=say(record.result.headline))
    return gettext("这是您登记在册的情况。")


def _years_headline(record: Record, left: int) -> str:
    subsidy = record.yearly_subsidy
    amount = "" if subsidy is None else spoken_yuan(subsidy.yuan)
    used = record.history.used
    this_year = next((cell.state for cell in record.grid if cell.year == record.today.year), None)
    if left == 0:
        return gettext("%(years)s年已经补满了。", years=used)
    if this_year is YearState.CLAIMABLE and used:
        return gettext("您已经补了%(years)s年，今年的%(amount)s元可以领了。", years=used, amount=amount)
    if this_year is YearState.CLAIMABLE:
        return gettext("今年的%(amount)s元，可以领了。", amount=amount)
    if this_year is YearState.UNDER_WAY:
        return gettext("今年的%(amount)s元，正在给您办。", amount=amount)
    if this_year is YearState.PAID:
        return gettext("今年的%(amount)s元已经补了，还能补%(left)s年。", amount=amount, left=left)
    if record.has_filed_this_year:
        return gettext("今年申请过一次了，%(year)s年再来领。", year=record.today.year + 1)
    if record.money_left is not None:
        return gettext(
            "您已经补了%(years)s年，今年缴了费，%(amount)s元就记到您账上。", years=used, amount=amount
        )
    return gettext("您已经补了%(years)s年，还能补%(left)s年。", years=used, left=left)


def action(record: Record) -> str:
    """What the one button says; its claim is ``record.next_claim``."""
    kind = record.next_claim
    if kind is ClaimKind.REIMBURSEMENT and record.yearly_subsidy is not None:
        return gettext("领今年的%(amount)s元", amount=spoken_yuan(record.yearly_subsidy.yuan))
    return "" if kind is None else kind_name(kind, record.region.id)


# -- The grid ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cell:
    """One year of the grid: its class in the sheet, the year, and the word that is always in it."""

    css: str
    year: str
    word: str


def cells(grid: Sequence[GridYear]) -> list[Cell]:
    """The grid as it is drawn; earlier years whose calendar year nobody knows are counted instead."""
    drawn = []
    for number, cell in enumerate(grid, 1):
        css, word = _CELLS[cell.state]
        year = str(cell.year) if cell.year is not None else gettext("第%(number)s年", number=number)
        drawn.append(Cell(css, year, word()))
    return drawn


_CELLS: Mapping[YearState, tuple[str, Callable[[], str]]] = {
    YearState.PAID: ("paid", lambda: gettext("已补")),
    YearState.UNDER_WAY: ("can", lambda: gettext("在办")),
    YearState.CLAIMABLE: ("can", lambda: gettext("可领")),
    YearState.MISSED: ("miss", lambda: gettext("没补")),
    YearState.LEFT: ("", lambda: gettext("以后")),
}


def counts(record: Record) -> list[str]:
    """How many years of each sort, one phrase for each sort that there is."""
    phrases = [gettext("已补%(years)s年", years=record.history.used)]
    for state, sentence in _COUNTS.items():
        number = record.count_years(state)
        if number:
            phrases.append(sentence(number))
    return phrases


_COUNTS: Mapping[YearState, Callable[[int], str]] = {
    YearState.UNDER_WAY: lambda years: gettext("在办%(years)s年", years=years),
    YearState.CLAIMABLE: lambda years: gettext("今年可领%(years)s年", years=years),
    YearState.MISSED: lambda years: gettext("没补%(years)s年", years=years),
    YearState.LEFT: lambda years: gettext("往后还有%(years)s年", years=years),
}


# -- The account as a bar ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Piece:
    """A source in the bar and in the list under it; ``left`` and ``width`` are whole yuan, for drawing."""

    css: str
    name: str
    amount: Decimal
    left: int
    width: int


def pieces(account: Mapping[Source, Decimal]) -> list[Piece]:
    """The sources of an account side by side, in the order of the list."""
    drawn, left = [], 0
    for source, amount in account.items():
        width = max(0, int(amount))
        drawn.append(Piece(SWATCHES[source], source_name(source), amount, left, width))
        left += width
    return drawn


# -- The account through the years, and the way of the land money ------------------------------------------


@dataclass(frozen=True)
class YearBar:
    """A year of the account: what it held at the end, drawn beside the other years on one scale."""

    year: int
    total: Decimal
    pieces: Sequence[Piece]


def year_bars(record: Record) -> list[YearBar]:
    """A bar for each year, oldest first."""
    return [
        YearBar(end.year, sum(end.held.values(), ZERO), pieces(end.held)) for end in account_by_year(record)
    ]


def in_words(drawn: Sequence[Piece]) -> str:
    """What a bar shows, for those who hear it."""
    return mark("，").join(
        gettext("%(source)s%(amount)s元", source=piece.name, amount=spoken_yuan(piece.amount))
        for piece in drawn
    )


@dataclass(frozen=True)
class DrawnWay:
    """The way of the land money, drawn 300 wide.

    My part of the whole stands between ``left`` and ``right``; opened up, all but its interest ends at
    ``share``.
    """

    money: LandWay
    left: int
    right: int
    share: int


def drawn_way(record: Record) -> DrawnWay | None:
    """My part in the middle of the whole, wide enough to be seen; None where no land money is known."""
    money = land_way(record)
    if money is None:
        return None
    mine = money.share + money.interest
    part = min(_DRAWN_WIDTH, max(_THINNEST, round(_DRAWN_WIDTH * mine / money.deposited)))
    left = (_DRAWN_WIDTH - part) // 2
    return DrawnWay(money, left, left + part, round(_DRAWN_WIDTH * money.share / mine) if mine else 0)


_DRAWN_WIDTH = 300
_THINNEST = 6


# -- What the roster says ------------------------------------------------------------------------------


def scheme_name(scheme: Scheme) -> str:
    """The insurance a person is in."""
    return _SCHEMES[scheme]()


_SCHEMES: Mapping[Scheme, Callable[[], str]] = {
    Scheme.RESIDENT: lambda: gettext("居民养老"),
    Scheme.EMPLOYEE: lambda: gettext("职工养老"),
    Scheme.LEGACY: lambda: gettext("原来的被征地养老"),
    Scheme.NONE: lambda: gettext("还没有参加"),
}


def benefit_name(status: BenefitStatus) -> str:
    """Whether a person draws a pension."""
    return gettext("已经在领") if status is BenefitStatus.DRAWING else gettext("还没开始领")


def batch_state(state: BatchState) -> str:
    """Where a land batch stands."""
    return _BATCH_STATES[state]()


_BATCH_STATES: Mapping[BatchState, Callable[[], str]] = {
    BatchState.DEPOSIT_PENDING: lambda: gettext("钱还没存进来"),
    BatchState.DEPOSITED: lambda: gettext("钱存进来了，还没分到个人"),
    BatchState.PLAN_DRAFTING: lambda: gettext("村里正在拟方案"),
    BatchState.PUBLICISED: lambda: gettext("方案正在公示"),
    BatchState.OBJECTION_HANDLING: lambda: gettext("有人提了意见，正在核实"),
    BatchState.WAITING_LAND_APPROVAL: lambda: gettext("等土地批复"),
    BatchState.ADJUSTING: lambda: gettext("正在定名单"),
    BatchState.POSTING: lambda: gettext("正在记到个人账上"),
    BatchState.POSTED: lambda: gettext("已经记到个人账上"),
    BatchState.CLOSED: lambda: gettext("办完了"),
    BatchState.LEGACY_BACKLOG: lambda: gettext("以前留下的，按“一村一策”分批办"),
}


@dataclass(frozen=True)
class CourseLine:
    """A step of a batch: what it is, when, and whether it is done, running or still to come."""

    css: str
    name: str
    when: str


def course_lines(course: Sequence[CourseStep]) -> list[CourseLine]:
    """The steps of a batch in order; the first that is not done is the one running."""
    running = next((step for step in course if step.done_on is None), None)
    return [_course_line(step, is_running=step is running) for step in course]


def _course_line(step: CourseStep, *, is_running: bool) -> CourseLine:
    name = _COURSE[step.step]()
    if step.done_on is not None:
        return CourseLine("ok", name, day(step.done_on))
    css = "now" if is_running else ""
    if step.due is None:
        return CourseLine(css, name, gettext("还没到这一步"))
    if step.due.unmaintained_years:
        return CourseLine(
            css, name, gettext("最晚%(day)s（那一年的放假安排还没公布，可能差几天）", day=day(step.due.day))
        )
    return CourseLine(css, name, gettext("最晚%(day)s", day=day(step.due.day)))


_COURSE: Mapping[str, Callable[[], str]] = {
    "deposit": lambda: gettext("补贴的钱存进社保专户"),
    "approval": lambda: gettext("土地批下来"),
    "forward": lambda: gettext("批复转到镇街"),
    "list": lambda: gettext("镇街定名单、收齐材料"),
    "post": lambda: gettext("记到您的居民养老账户"),
}


# -- What is open --------------------------------------------------------------------------------------


def matter_words(matter: OpenMatter) -> str:
    """How an open claim or draft stands, and what it waits for."""
    if matter.state is None:
        return gettext("填了一半，接着填")
    sentence = _WAITING_FOR_PERSON.get(matter.state)
    return sentence() if sentence is not None else gettext("正在办，看办到哪一步")


_WAITING_FOR_PERSON: Mapping[str, Callable[[], str]] = {
    ClaimState.CORRECTION_NEEDED: lambda: gettext("还差东西，补上就能接着办"),
    ClaimState.PAYMENT_FAILED: lambda: gettext("钱没打进去，看看银行卡对不对"),
}


def matter_name(matter: OpenMatter, region: str) -> str:
    """What a claim or draft is about."""
    name = kind_name(ClaimKind(matter.kind), region)
    if matter.claim_year is None:
        return name
    return gettext("%(kind)s（%(year)s年）", kind=name, year=matter.claim_year)
