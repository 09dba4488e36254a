"""How a figure was worked out: one line for each step, top to bottom, results under a rule."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flask_babel import gettext, ngettext

from portal.domain.policy import Fact, Figure, Step
from portal.services import readings
from portal.web.i18n import reader_text
from portal.web.place import say
from portal.web.wording.citations import Quoted, quoted
from portal.web.wording.ledger import source_name
from portal.web.work import house

Facts = Mapping[str, Fact]


@dataclass(frozen=True)
class Line:
    """One line of a calculation, as on paper; a result stands under a rule."""

    label: str
    value: str
    is_result: bool = False


@dataclass(frozen=True)
class Shown:
    """A figure, ready for the page.

    ``readings`` say what was chosen where the text is silent; ``outside`` names what stands in no text
    here, and makes the figure an estimate.
    """

    lines: tuple[Line, ...]
    quotations: tuple[Quoted, ...]
    readings: tuple[str, ...]
    outside: tuple[str, ...]
    as_of: date

    @property
    def is_of_whole_year(self) -> bool:
        """Whether it is a year's figure: its last day, which decides, may still be to come."""
        return (self.as_of.month, self.as_of.day) == (12, 31)


def shown(figure: Figure, region: str) -> Shown:
    """A figure of one region's rules in the reader's words."""
    return Shown(
        lines=tuple(line(step) for step in figure.steps),
        quotations=tuple(quoted(citation) for citation in figure.because),
        readings=tuple(say(chosen) for chosen in readings.list_shown(house(), region, figure.readings)),
        outside=figure.outside,
        as_of=figure.as_of,
    )


def line(step: Step) -> Line:
    """A step in the reader's words; one that nobody has worded is a fault in the program."""
    return STEPS[step.code](step.facts)


def _yuan(amount: Fact) -> str:
    return gettext("%(amount)s 元", amount=f"{amount:,.2f}")


def _years(years: Fact) -> str:
    return ngettext("%(num)s 年", "%(num)s 年", int(str(years)))


def _months(months: Fact) -> str:
    return ngettext("%(num)s 个月", "%(num)s 个月", int(str(months)))


def _people(people: Fact) -> str:
    return ngettext("%(num)s 人", "%(num)s 人", int(str(people)))


def _fen(fen: Fact) -> str:
    return ngettext("%(num)s 分", "%(num)s 分", int(str(fen)))


def _minus(words: str) -> str:
    return f"－ {words}"


def _times(words: str) -> str:
    return f"× {words}"


def _divided(words: str) -> str:
    return f"÷ {words}"


STEPS: Mapping[str, Callable[[Facts], Line]] = {
    # The yearly subsidy and what is left of it
    "cap_years": lambda f: Line(gettext("最多补"), _years(f["years"])),
    "used_years": lambda f: Line(gettext("已经补了"), _minus(_years(f["years"]))),
    "years_left": lambda f: Line(gettext("还剩"), _years(f["years"]), is_result=True),
    "times_rate": lambda f: Line(gettext("一年补"), _times(_yuan(f["rate"]))),
    "money_left": lambda f: Line(gettext("还能补"), _yuan(f["amount"]), is_result=True),
    "one_year": lambda f: Line(gettext("%(year)s年的补助", year=f["year"]), _yuan(f["rate"]), is_result=True),
    "paid_for_year": lambda f: Line(gettext("%(year)s年的补助", year=f["year"]), _yuan(f["amount"])),
    # What a legacy member gets on leaving or merging
    "subsidy_total": lambda f: Line(
        gettext("%(years)s年，每年%(rate)s元，一共", years=f["years"], rate=f"{f['rate']:,.2f}"),
        _yuan(f["total"]),
    ),
    "prior_subsidy": lambda f: Line(gettext("政府以前已经补了"), _minus(_yuan(f["amount"]))),
    "top_up": lambda f: Line(gettext("差多少，补多少"), _yuan(f["amount"]), is_result=True),
    "no_top_up": lambda f: Line(gettext("已经补够，没有差额"), _yuan(f["amount"]), is_result=True),
    "recorded_balance": lambda f: Line(gettext("登记的老账户余额"), _yuan(f["amount"]), is_result=True),
    # The account and the pension
    "held_of_source": lambda f: Line(source_name(str(f["source"])), _yuan(f["amount"])),
    "held_together": lambda f: Line(gettext("加起来"), _yuan(f["amount"]), is_result=True),
    "held_at_new_year": lambda f: Line(
        gettext("%(year)s年开头，账户里有", year=f["year"]), _yuan(f["amount"])
    ),
    "interest_rate": lambda f: Line(
        gettext("那一年的利率，出处：%(source)s", source=reader_text(str(f["announced_by"]))),
        _times(gettext("%(percent)s%%", percent=f"{(Decimal(str(f['rate'])) * 100).normalize():f}")),
    ),
    "year_interest": lambda f: Line(gettext("一年的利息，算到分"), _yuan(f["amount"]), is_result=True),
    "decided_amount": lambda f: Line(gettext("经办的人按材料核定"), _yuan(f["amount"]), is_result=True),
    "account_balance": lambda f: Line(gettext("账户里的钱"), _yuan(f["amount"])),
    "pending_subsidy": lambda f: Line(gettext("今年还没到账的政府补贴"), f"＋ {_yuan(f['amount'])}"),
    "transfer_out": lambda f: Line(gettext("一起转走"), _yuan(f["amount"]), is_result=True),
    "payout_months": lambda f: Line(
        gettext("%(age)s岁开始领，按这么多个月算", age=f["age"]), _divided(_months(f["months"]))
    ),
    "monthly_pension": lambda f: Line(gettext("账户这一块，每月大约"), _yuan(f["amount"]), is_result=True),
    # Numbers of people
    "legacy_members": lambda f: Line(gettext("原参保人一共"), _people(f["people"])),
    "legacy_drawing": lambda f: Line(gettext("已经在领的"), _minus(_people(f["people"]))),
    "legacy_not_drawing": lambda f: Line(gettext("还没开始领的"), _people(f["people"]), is_result=True),
    # Enrolment quotas
    "land_per_head": lambda f: Line(
        gettext("村里%(land)s亩地，%(people)s人，每人", land=f["land"], people=f["people"]),
        gettext("%(land)s 亩", land=f["per_head"]),
    ),
    "land_taken": lambda f: Line(gettext("这次征了"), gettext("%(land)s 亩", land=f["land"])),
    "quota_proposed": lambda f: Line(
        gettext("征的地除以每人的地，零头%(rest)s不算", rest=f["rest"]), _people(f["quotas"]), is_result=True
    ),
    # Shares of one sum
    "shared_total": lambda f: Line(gettext("这一批的钱一共"), _yuan(f["amount"])),
    "deposited": lambda f: Line(gettext("存进来登记的，加起来"), _yuan(f["amount"]), is_result=True),
    "shared_interest": lambda f: Line(gettext("这一批分到的利息一共"), _yuan(f["amount"])),
    "equal_parts": lambda f: Line(gettext("大家平分"), _divided(_people(f["people"]))),
    "by_weight": lambda f: Line(
        gettext("按各人的征地社保费分，您的在里面占"),
        gettext("%(mine)s ÷ %(all)s", mine=f"{f['mine']:,}", all=f"{f['all']:,}"),
    ),
    "cut_to_fen": lambda f: Line(gettext("每人先算到分"), _yuan(f["amount"])),
    "odd_fen": lambda f: Line(
        gettext("分完还剩%(fen)s分，按零头大小一人一分，您得", fen=f["fen"]), f"＋ {_fen(f['mine'])}"
    ),
    "my_share": lambda f: Line(gettext("您的一份"), _yuan(f["amount"]), is_result=True),
    "amount_to_share": lambda f: Line(gettext("一共要分"), _yuan(f["amount"])),
    "payee_share": lambda f: Line(
        gettext("%(name)s，%(all)s份里的%(parts)s份", name=f["name"], all=f["all"], parts=f["parts"]),
        _yuan(f["amount"]),
    ),
    "odd_fen_shared": lambda f: Line(
        gettext("先都算到分，分不尽的零头一人一分，一共给出"), _fen(f["fen"]), is_result=True
    ),
    # The special ledger
    "recorded_share": lambda f: Line(gettext("登记在您名下的"), _yuan(f["amount"]), is_result=True),
    "open_contribution": lambda f: Line(
        gettext(
            "您自己缴了%(documented)s元，已经补过%(reimbursed)s元，还没补的",
            documented=f"{f['documented']:,.2f}",
            reimbursed=f"{f['reimbursed']:,.2f}",
        ),
        _yuan(f["open"]),
    ),
    "special_ledger": lambda f: Line(gettext("专账里有"), _yuan(f["amount"])),
    "lesser_of_both": lambda f: Line(
        gettext("两个里面少的那个（补完专账还剩%(after)s元）", after=f"{f['after']:,.2f}"),
        _yuan(f["amount"]),
        is_result=True,
    ),
    # Refunds and the levy
    "over_deposit": lambda f: Line(
        gettext(
            "存了%(deposited)s元，该存%(due)s元，多存",
            deposited=f"{f['deposited']:,.2f}",
            due=f"{f['due']:,.2f}",
        ),
        _yuan(f["over"]),
    ),
    "interest_share": lambda f: Line(
        gettext("利息一共%(interest)s元，多存的那部分占", interest=f"{f['interest']:,.2f}"),
        f"＋ {_yuan(f['mine'])}",
    ),
    "deposit_refund": lambda f: Line(gettext("一共退"), _yuan(f["amount"]), is_result=True),
    "land_price": lambda f: Line(gettext("一亩地的均价"), _yuan(f["amount"])),
    "levy_percent": lambda f: Line(gettext("按这个比例"), _times(f"{f['percent']}%")),
    "levy_per_mu": lambda f: Line(gettext("一亩地大约"), _yuan(f["amount"]), is_result=True),
}
