"""Worked examples beside the rules: each names a formula, what is given and what must come out.

``cases.toml`` of a pack is run by ``portal region check`` and by the test suite, so that somebody who
writes no Python can still prove a rule.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any

from portal.content.problems import Problem
from portal.content.regions import Region
from portal.content.toml import Table
from portal.domain import (
    deadlines,
    enrolment,
    enrolment_quota,
    land_batch,
    land_fund,
    resident_pension,
    subsidy,
)
from portal.domain.deadlines import WorkingCalendar
from portal.domain.decisions import Outcome
from portal.domain.enrolment import BenefitStatus, Category, Scheme
from portal.domain.errors import Refusal
from portal.domain.money import ZERO, share
from portal.domain.rulebook import Rulebook


@dataclass(frozen=True)
class Given:
    """What a case starts from."""

    table: Table
    on: date
    region: Region
    working: WorkingCalendar

    @property
    def rules(self) -> Rulebook:
        """The region's rules."""
        return self.region.rulebook

    def yuan_list(self, name: str) -> list[Decimal]:
        """A list of amounts or other decimal numbers in quotes."""
        return [Decimal(text) for text in self.table.texts(name)]


Results = Mapping[str, object]


@dataclass(frozen=True)
class Case:
    """One worked example of a region."""

    id: str
    name: str
    formula: str
    on: date
    given: Table
    expect: Table
    table: Table

    def run(self, region: Region, working: WorkingCalendar) -> None:
        """Work the example out and note where the result is not the one expected."""
        formula = FORMULAS.get(self.formula)
        if formula is None:
            known = ", ".join(sorted(FORMULAS))
            message = f"case {self.id!r}: there is no formula {self.formula!r}; there are {known}"
            self.table.complain(message, "formula")
            return
        noted = self.given.problems_noted
        results: Results = {}
        try:
            results = formula(Given(self.given, self.on, region, working))
        except Refusal as refusal:
            results = {"refused": refusal.code}
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            if self.given.problems_noted == noted:
                told = f"case {self.id!r} cannot be worked out from what is given: {error}"
                self.table.complain(told, "given")
        is_worked_out = self.given.problems_noted == noted
        self.given.close()
        if not is_worked_out:
            return
        for name in self.expect.names():
            expected, found = _plain(self.expect.raw(name)), _plain(results.get(name))
            if expected != found:
                self.table.complain(
                    f"case {self.id!r}: {name} should be {expected}, and is {found}", "expect"
                )


def read_cases(folder: Path, problems: list[Problem]) -> tuple[Case, ...]:
    """Read the worked examples of a pack, noting what is wrong with them."""
    file = Table.read(folder / "cases.toml", problems)
    cases: list[Case] = []
    for table in file.tables("cases"):
        case = Case(
            id=table.text("id"),
            name=table.text("name"),
            formula=table.text("formula"),
            on=table.day("on"),
            given=table.table("given"),
            expect=table.table("expect"),
            table=table,
        )
        if any(case.id == other.id for other in cases):
            table.complain(f"the case {case.id!r} stands here a second time", "id")
        if not case.expect.names():
            table.complain(f"the case {case.id!r} expects nothing")
        cases.append(case)
        table.close()
    file.close()
    return tuple(cases)


def _plain(value: object) -> Any:
    """Write a value as cases write it: amounts with two decimals, days and codes as text."""
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    if isinstance(value, date | StrEnum):
        return str(value)
    if isinstance(value, Mapping):
        return {_plain(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


# -- The formulas a case can name ---------------------------------------------------------------------


def _top_up(given: Given) -> Results:
    return {"amount": subsidy.top_up(given.table.yuan("prior_subsidy"), given.rules, given.on).value}


def _yearly_subsidy(given: Given) -> Results:
    return {"amount": subsidy.yearly_subsidy(given.table.whole("contribution_year"), given.rules).value}


def _history(given: Given) -> subsidy.SubsidyHistory:
    opening = given.table.whole("opening_years") if "opening_years" in given.table else 0
    return subsidy.SubsidyHistory(frozenset(given.table.raw("paid_years") or ()), opening)


def _years_left(given: Given) -> Results:
    history = _history(given)
    return {
        "paid": history.used * subsidy.yearly_subsidy(given.on.year, given.rules).yuan,
        "years": subsidy.years_left(history, given.rules, given.on).value,
        "money": subsidy.money_left(history, given.rules, given.on).value,
    }


def _year_grid(given: Given) -> Results:
    cells = subsidy.year_grid(
        _history(given),
        given.rules,
        given.on,
        entitled_from=given.table.whole("entitled_from"),
        files_claims=given.table.flag("files_claims"),
    )
    return {"cells": Counter(cell.state.value for cell in cells), "count": len(cells)}


def _yearly_claim(given: Given) -> Results:
    table = given.table
    facts = subsidy.YearlyClaimFacts(
        category=Category(table.text("category")),
        identity_confirmed=table.flag("identity_confirmed"),
        scheme=Scheme(table.text("scheme")),
        benefit_status=BenefitStatus.DRAWING if table.flag("drawing") else BenefitStatus.NOT_DRAWING,
        withdrawal_finished=table.flag("withdrawal_finished"),
        contribution_year=table.whole("contribution_year"),
        has_receipt=table.flag("has_receipt"),
        history=_history(given),
        filed_in_years=frozenset(table.raw("filed_in_years") or ()),
        payee_is_own=True,
    )
    conditions = subsidy.check_yearly_claim(facts, given.rules, given.on)
    return {
        "reasons": [item.reason for item in conditions if item.outcome is Outcome.NOT_MET],
        "unknown": [item.id for item in conditions if item.outcome is Outcome.UNKNOWN],
    }


def _recorded_refund(given: Given) -> Results:
    return {"amount": subsidy.recorded_refund(given.table.yuan("balance"), given.rules, given.on).value}


def _members_not_drawing(given: Given) -> Results:
    return {"people": enrolment.members_not_drawing(given.rules, given.on).value}


def _decide(given: Given) -> Results:
    """Read the decision table named ``table`` for the other facts given."""
    name = given.table.text("table")
    facts = {fact: given.table.text(fact) for fact in given.table.names() if fact != "table"}
    if name and name not in given.rules.tables:
        given.table.complain(f"there is no table {name!r}", "table")
    for fact, value in facts.items():
        question = given.region.questions.get(fact)
        if question is None:
            given.table.complain(f"no question asks for the fact {fact!r}", fact)
        elif value and value not in {choice.value for choice in question.choices}:
            given.table.complain(f"the question for {fact!r} has no choice {value!r}", fact)
    row = given.rules.tables[name].decide(facts)
    return {"row": row.id, "result": row.result}


def _age(given: Given) -> Results:
    return {"years": enrolment.age_on(given.table.day("born"), given.on)}


def _share(given: Given) -> Results:
    weights: list[Decimal] = given.yuan_list("weights")
    if "people" in given.table:
        weights = [Decimal(1)] * given.table.whole("people")
    keys = [f"{place:09}" for place in range(len(weights))]
    parts = share(given.table.yuan("total"), weights, keys)
    return {"parts": parts, "counts": Counter(map(_plain, parts)), "sum": sum(parts, ZERO)}


def _my_share(given: Given) -> Results:
    keys = [f"{place:09}" for place in range(given.table.whole("people"))]
    figure = land_fund.my_share(
        "levy_share",
        given.table.yuan("total"),
        [1] * len(keys),
        keys,
        keys[given.table.whole("mine") - 1],
        given.rules,
        given.on,
    )
    return {"amount": figure.value}


def _share_interest(given: Given) -> Results:
    balances = [
        land_fund.Balance(row.text("project"), row.yuan("balance"), row.whole("days"))
        for row in given.table.tables("projects")
    ]
    parts = land_fund.share_interest_by_balance(given.table.yuan("posted"), balances)
    return {"parts": list(parts.values()), "sum": sum(parts.values(), ZERO)}


def _heirs(given: Given) -> Results:
    heirs = given.table.texts("heirs")
    agreed = given.table.raw("agreed")
    return {"parts": list(land_fund.share_among_heirs(given.table.yuan("amount"), heirs, agreed).values())}


def _ledger_payments(given: Given) -> Results:
    """Claim year after year, each time with one more documented contribution."""
    ledger, documented = given.table.yuan("ledger"), ZERO
    payments: list[Decimal] = []
    for contribution in given.yuan_list("contributions"):
        documented += contribution
        paid = land_fund.ledger_payment(ledger, documented, sum(payments, ZERO), given.rules, given.on).yuan
        ledger -= paid
        payments.append(paid)
    return {"payments": payments, "ledger": ledger}


def _deposit_refund(given: Given) -> Results:
    table = given.table
    refund = land_fund.deposit_refund(
        table.yuan("deposited"), table.yuan("due"), table.yuan("interest"), given.rules, given.on
    )
    return {"amount": refund.value}


def _levy_per_mu(given: Given) -> Results:
    return {"amount": land_fund.levy_per_mu(given.table.yuan("land_price"), given.rules, given.on).value}


def _idle_from(given: Given) -> Results:
    return {"day": land_fund.idle_from(given.table.day("deposited_on"), given.rules, given.on)}


def _batch_due(given: Given) -> Results:
    return {"amount": land_batch.batch_due(Decimal(given.table.text("area_mu")), given.table.yuan("per_mu"))}


def _plan_difference(given: Given) -> Results:
    amounts = given.yuan_list("amounts")
    return {"difference": land_batch.plan_difference(given.table.yuan("deposited"), amounts)}


def _new_track(given: Given) -> Results:
    return {"new": land_batch.is_new_track(given.table.day("approved_on"), given.rules, given.on)}


def _batch_chain(given: Given) -> Results:
    chain = land_batch.batch_chain(given.table.day("received"), given.rules, given.working)
    return {
        "days": [milestone.deadline.day for milestone in chain],
        "unmaintained_years": sorted({year for item in chain for year in item.deadline.unmaintained_years}),
    }


def _notice_ends(given: Given) -> Results:
    return {"day": land_batch.notice_ends(given.table.day("put_up"), given.rules, given.working).day}


def _reports(given: Given) -> Results:
    """Follow a report of working or calendar days through two levels, each with its own rule."""
    day = given.table.day("event")
    days = []
    for name in given.table.texts("rules"):
        rule = given.rules.rules[name]
        clock = (
            deadlines.working_days_after
            if rule.unit.value == "working_days"
            else deadlines.calendar_days_after
        )
        day = clock(day, given.rules.count(name, given.on).value, given.working).day
        days.append(day)
    return {"days": days}


def _in_force(given: Given) -> Results:
    years = given.rules.count("document.valid_years", given.on).value
    return {"last_day": deadlines.last_day_in_force(given.table.day("first_day"), years)}


def _monthly_run(given: Given) -> Results:
    run = resident_pension.monthly_run(given.on.year, given.on.month, given.rules, given.working)
    return {"days": [date.deadline.day for date in run]}


def _payment_season(given: Given) -> Results:
    return {"open": resident_pension.is_payment_season(given.on, given.rules)}


def _transfer_out(given: Given) -> Results:
    table = given.table
    figure = resident_pension.transfer_out(
        table.yuan("balance"), table.yuan("pending_subsidy"), given.rules, given.on
    )
    return {"amount": figure.value}


def _paid_after_death(given: Given) -> Results:
    paid = {row.day("month"): row.yuan("amount") for row in given.table.tables("paid")}
    return {"amount": resident_pension.paid_after_death(given.table.day("died_on"), paid)}


def _month_end(given: Given) -> Results:
    return {"clear": resident_pension.is_month_end_clear(given.table.yuan("income_account"))}


def _account_total(given: Given) -> Results:
    sources = {name: given.table.yuan(name) for name in given.table.names()}
    return {"amount": resident_pension.account_total(sources)}


def _monthly_pension(given: Given) -> Results:
    figure = resident_pension.monthly_pension(
        given.table.yuan("balance"), given.table.whole("age"), given.rules, given.on
    )
    return {"amount": figure.value, "estimate": figure.is_estimate}


def _quota_last_day(given: Given) -> Results:
    return {"day": enrolment_quota.quota_last_day(given.table.day("letter_on"), given.rules)}


def _quota_proposed(given: Given) -> Results:
    table = given.table
    figure = enrolment_quota.propose_quota(
        Decimal(table.text("land_taken_mu")),
        Decimal(table.text("village_land_mu")),
        table.whole("farming_people"),
        given.rules,
        given.on,
    )
    return {"quotas": figure.value, "rest": figure.steps[-1].facts["rest"], "estimate": figure.is_estimate}


def _reallocate(given: Given) -> Results:
    result = enrolment_quota.reallocate(given.table.whole("given_up"), given.table.whole("waiting"))
    return {"chosen": result.chosen, "still_waiting": result.still_waiting, "unused": result.unused}


def _arrears_begin(given: Given) -> Results:
    table = given.table
    return {"day": enrolment_quota.arrears_begin(table.text("fund"), table.day("period_start"), given.rules)}


_ALL: Iterable[Callable[[Given], Results]] = (
    _top_up,
    _yearly_subsidy,
    _years_left,
    _year_grid,
    _yearly_claim,
    _recorded_refund,
    _members_not_drawing,
    _decide,
    _age,
    _share,
    _my_share,
    _share_interest,
    _heirs,
    _ledger_payments,
    _deposit_refund,
    _levy_per_mu,
    _idle_from,
    _batch_due,
    _plan_difference,
    _new_track,
    _batch_chain,
    _notice_ends,
    _reports,
    _in_force,
    _monthly_run,
    _payment_season,
    _transfer_out,
    _paid_after_death,
    _month_end,
    _account_total,
    _monthly_pension,
    _quota_last_day,
    _quota_proposed,
    _reallocate,
    _arrears_begin,
)

FORMULAS: Mapping[str, Callable[[Given], Results]] = {
    formula.__name__.removeprefix("_"): formula for formula in _ALL
}
"""Every formula a case can name, by its name."""
