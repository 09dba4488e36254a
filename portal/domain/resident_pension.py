"""Running the residents' pension: the payment month, transfers, deaths, and what a balance may yield."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from portal.domain.deadlines import Deadline, WorkingCalendar, next_month, pay_ahead_day
from portal.domain.money import ZERO, Yuan, round_yuan
from portal.domain.policy import Citation, Figure, Step, Unit, work_out
from portal.domain.rulebook import Rulebook

_MONTHLY_STEPS = ("verify", "request", "transfer", "credit")
_LAST_TABLED_AGE = 70

SEASON = "season.last_month"
"""The rule that says until which month of a year contributions are collected."""


@dataclass(frozen=True)
class MonthlyDate:
    """One act of the payment month and the last day for it."""

    step: str
    deadline: Deadline
    because: Citation | None


def monthly_run(year: int, month: int, rules: Rulebook, working: WorkingCalendar) -> tuple[MonthlyDate, ...]:
    """List the dates of one payment month, moved ahead of rest days (linyi-2012#2.3)."""
    on = date(year, month, 1)
    dates = []
    for step in _MONTHLY_STEPS:
        day = rules.count(f"monthly.{step}_by", on)
        dates.append(MonthlyDate(step, pay_ahead_day(year, month, day.value, working), day.citation))
    return tuple(dates)


def is_payment_season(day: date, rules: Rulebook) -> bool:
    """Say whether contributions are being collected: the first quarter (linyi-2012#2.2)."""
    return day.month <= rules.count(SEASON, day).value


def transfer_out(balance: Yuan, pending_subsidy: Yuan, rules: Rulebook, on: date) -> Figure:
    """Work out what goes along when a person moves away (linyi-2012#2.4).

    It is the balance and this year's subsidy that has not arrived yet.
    """
    method = rules.text("transfer.method", on)
    amount = balance + pending_subsidy
    steps = (
        Step("account_balance", {"amount": balance}),
        Step("pending_subsidy", {"amount": pending_subsidy}),
        Step("transfer_out", {"amount": amount}),
    )
    return work_out("transfer_out", amount, Unit.YUAN, steps, (method,), on)


def paid_after_death(died_on: date, paid: Mapping[date, Yuan]) -> Yuan:
    """Sum the pensions paid for months after the month of death; those are recovered (linyi-2012#2.3).

    ``paid`` gives each payment by the first day of the month it was for.
    """
    first_stopped = next_month(died_on)
    return sum((amount for month, amount in paid.items() if month >= first_stopped), ZERO)


def is_month_end_clear(income_account: Yuan) -> bool:
    """Say whether the income account was emptied at the month's end ("收入户月末无余额", linyi-2012#2.5)."""
    return income_account == ZERO


def account_total(by_source: Mapping[str, Yuan]) -> Yuan:
    """Add an account up over its sources: all of them belong to the person (linyi-2012#2.4)."""
    return sum(by_source.values(), ZERO)


def monthly_pension(balance: Yuan, age: int, rules: Rulebook, on: date) -> Figure:
    """Estimate the monthly pension a balance yields at an age from 60 on: balance over payout months."""
    months = rules.count(f"pension.payout_months.{min(age, _LAST_TABLED_AGE)}", on)
    amount = round_yuan(balance / months.value)
    steps = (
        Step("account_balance", {"amount": balance}),
        Step("payout_months", {"age": age, "months": months.value}),
        Step("monthly_pension", {"amount": amount}),
    )
    return work_out("monthly_pension", amount, Unit.YUAN, steps, (months,), on)
