"""The land fund (征地社保资金): shares of levy and interest, payments from it, refunds, idle money."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from portal.domain.deadlines import years_after
from portal.domain.money import ZERO, Yuan, round_yuan, share, to_fen
from portal.domain.policy import Figure, Step, Unit, work_out
from portal.domain.rulebook import Rulebook

_LEVY_BAND_EDGES = (50_000, 100_000, 150_000, 200_000)


@dataclass(frozen=True)
class Balance:
    """Money of one project that lay in the transition account for a number of days."""

    project: str
    amount: Yuan
    days: int


def share_interest_by_balance(posted: Yuan, balances: Sequence[Balance]) -> dict[str, Yuan]:
    """Split the interest a bank posted over projects, by balance times days (guangdong-2025#art9)."""
    weights = [to_fen(balance.amount) * balance.days for balance in balances]
    projects = [balance.project for balance in balances]
    return dict(zip(projects, share(posted, weights, projects), strict=True))


def my_share(
    name: str,
    total: Yuan,
    weights: Sequence[int | Decimal],
    insurance_numbers: Sequence[str],
    mine: str,
    rules: Rulebook,
    on: date,
    *,
    of_interest: bool = False,
) -> Figure:
    """Work out one person's part of a sum that is shared, and say where the odd fen went.

    Interest goes by each person's levy (guangdong-2025#art9); equal weights make an equal split. ``mine``
    is the insurance number of the person who asks; ``name`` is what the figure is called;
    ``of_interest`` says that the sum is the interest on a batch, not its levy.
    """
    method = rules.text("share.method", on)
    parts = share(total, weights, insurance_numbers)
    place = insurance_numbers.index(mine)
    whole = sum(Fraction(weight) for weight in weights)
    cut = [int(to_fen(total) * Fraction(weight) / whole) for weight in weights]
    steps = (
        Step("shared_interest" if of_interest else "shared_total", {"amount": total}),
        Step("equal_parts", {"people": len(parts)})
        if len(set(weights)) == 1
        else Step("by_weight", {"mine": Decimal(weights[place]), "all": Decimal(sum(weights))}),
        Step("cut_to_fen", {"amount": Decimal(cut[place]).scaleb(-2)}),
        Step("odd_fen", {"fen": to_fen(total) - sum(cut), "mine": to_fen(parts[place]) - cut[place]}),
        Step("my_share", {"amount": parts[place]}),
    )
    return work_out(name, parts[place], Unit.YUAN, steps, (method,), on)


def ledger_payment(
    special_ledger: Yuan, documented: Yuan, reimbursed: Yuan, rules: Rulebook, on: date
) -> Figure:
    """Work out what the special ledger pays: own contribution not yet reimbursed, as far as it lasts.

    See guangdong-2025#art11.2. ``documented`` and ``reimbursed`` are totals over all years, in yuan.
    """
    method = rules.text("ledger.payment", on)
    open_contribution = max(ZERO, documented - reimbursed)
    amount = min(special_ledger, open_contribution)
    steps = (
        Step(
            "open_contribution",
            {"documented": documented, "reimbursed": reimbursed, "open": open_contribution},
        ),
        Step("special_ledger", {"amount": special_ledger}),
        Step("lesser_of_both", {"amount": amount, "after": special_ledger - amount}),
    )
    return work_out("ledger_payment", amount, Unit.YUAN, steps, (method,), on)


def deposit_refund(deposited: Yuan, due: Yuan, interest: Yuan, rules: Rulebook, on: date) -> Figure:
    """Work out what goes back to the payer: the over-deposit with its share of interest.

    guangdong-2025#art11.4 gives back the fund, which is levy plus interest (#art2).
    """
    method = rules.text("refund.method", on)
    over = max(ZERO, deposited - due)
    interest_back = share(interest, [over, deposited - over], ["over", "due"])[0]
    amount = over + interest_back
    steps = (
        Step("over_deposit", {"deposited": deposited, "due": due, "over": over}),
        Step("interest_share", {"interest": interest, "mine": interest_back}),
        Step("deposit_refund", {"amount": amount}),
    )
    return work_out("deposit_refund", amount, Unit.YUAN, steps, (method,), on)


def levy_per_mu(land_price: Yuan, rules: Rulebook, on: date) -> Figure:
    """Estimate the levy on one mu from its average land price, by bands that stand outside the text here.

    A price on a band's upper edge still belongs to that band ("以下" includes the number).
    """
    band = next((edge for edge in _LEVY_BAND_EDGES if land_price <= edge), None)
    percent = rules.count(f"levy.percent_up_to.{band}" if band else "levy.percent_above", on)
    amount = round_yuan(land_price * percent.value / 100)
    steps = (
        Step("land_price", {"amount": land_price}),
        Step("levy_percent", {"percent": percent.value}),
        Step("levy_per_mu", {"amount": amount}),
    )
    return work_out("levy_per_mu", amount, Unit.YUAN, steps, (percent,), on)


def idle_from(deposited_on: date, rules: Rulebook, on: date) -> date:
    """Give the first day on which an undistributed deposit counts as idle ("超过3年", exactly 3 is not yet).

    The years are those in force on ``on`` (guangdong-2025#art16).
    """
    years = rules.count("idle.years", on).value
    return years_after(deposited_on, years) + timedelta(days=1)


def share_among_heirs(
    amount: Yuan, heirs: Sequence[str], agreed: Sequence[int] | None = None
) -> dict[str, Yuan]:
    """List the heirs' parts: as they agreed (whole-number weights), else equal (民法典 第一千一百三十条)."""
    weights = [1] * len(heirs) if agreed is None else list(agreed)
    return dict(zip(heirs, share(amount, weights, heirs), strict=True))
