"""My record: where a villager stands, worked out from what is on record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from portal.content.regions import Office, Region, Result
from portal.domain.citizens import Person
from portal.domain.claim_kinds import ClaimKind
from portal.domain.claims import ENDED
from portal.domain.deadlines import Deadline, WorkingCalendar, working_days_after
from portal.domain.decisions import NoRowApplies, UndecidedYet
from portal.domain.enrolment import Category, Scheme, Standing, standing_facts
from portal.domain.land_batch import is_new_track
from portal.domain.land_fund import my_share
from portal.domain.land_records import BatchState
from portal.domain.ledger.accounts import Kind, Source
from portal.domain.ledger.held import earn_interest
from portal.domain.money import ZERO, Yuan
from portal.domain.policy import Citation, Figure, NoRuleInForce, Step, Unit
from portal.domain.rulebook import Rulebook
from portal.domain.subsidy import (
    GridYear,
    SubsidyHistory,
    YearState,
    money_left,
    sum_years,
    top_up,
    year_grid,
    yearly_subsidy,
    years_left,
)
from portal.services.claim_conditions import find_ledger_option
from portal.services.entitlement import TABLE
from portal.services.holdings import by_source, cite, clauses_of_movements, explain_held
from portal.services.work import Work
from portal.storage import claims as stored_claims
from portal.storage import ledger as stored_ledger
from portal.storage import records as stored_records
from portal.storage.ledger import PersonLine
from portal.storage.records import (
    BatchOnRecord,
    LetterOnRecord,
    PersonOnRecord,
    SubsidisedYear,
    UnreadNotice,
)
from portal.storage.records import OpenMatter as OpenMatter

_ADULT = 16
_LISTED = frozenset({BatchState.POSTING, BatchState.POSTED, BatchState.CLOSED})
_DEPOSIT = "levy_deposit"
_INTEREST = "account.interest"
_LAND_CREDITS = ("account_credit", "special_ledger_opening", "bank_interest")


@dataclass(frozen=True)
class CourseStep:
    """One step of a batch: done on a day, or to be done by one; neither when nobody can say yet."""

    step: str
    done_on: date | None
    due: Deadline | None = None
    because: Citation | None = None


@dataclass(frozen=True)
class Record:
    """Everything on a villager's own page.

    ``result`` is what the region's decision table says of them; it is missing where the text is silent or
    the record does not know enough. ``facts`` is what the record tells those tables. Grid and figures are
    there for those whom they concern.
    ``has_filed_this_year`` is about the yearly claim, of which one is filed a year (jinning-2020#5.4.2).
    ``interest_to_come`` is last year, while its interest is not announced and the account would earn some.
    ``clauses`` says by movement what the text says of it.
    """

    region: Region
    person: Person
    facts: Mapping[str, str]
    result: Result | None
    office: Office
    today: date
    history: SubsidyHistory
    subsidised: Sequence[SubsidisedYear]
    grid: Sequence[GridYear]
    years_left: Figure | None
    money_left: Figure | None
    top_up: Figure | None
    land_levy: Figure | None
    land_interest: Figure | None
    interest_to_come: int | None
    lines: Sequence[PersonLine]
    clauses: Mapping[str, Citation]
    matters: Sequence[OpenMatter]
    batch: BatchOnRecord | None
    course: Sequence[CourseStep]
    letter: LetterOnRecord | None
    notices: Sequence[UnreadNotice]
    has_filed_this_year: bool

    @cached_property
    def account(self) -> Mapping[Source, Yuan]:
        """What the person's account holds, by source; all of it is theirs (linyi-2012#2.4)."""
        return by_source(line for line in self.lines if line.kind == Kind.PERSONAL_ACCOUNT)

    @cached_property
    def special_ledger(self) -> Mapping[Source, Yuan]:
        """What is left of the person's land money in the transition account (guangdong-2025#art11.2)."""
        return by_source(line for line in self.lines if line.kind == Kind.SPECIAL_LEDGER)

    def explain_held(self, kind: str) -> Figure:
        """What the account or the special ledger comes to, by the clauses of all that happened to it."""
        return explain_held(kind, self.lines, self.clauses, self.today)

    def explain_interest(self, line: PersonLine) -> Figure | None:
        """How a year's interest on the account came about; None for any other entry."""
        if line.movement != "account_interest" or not line.stands:
            return None
        year = int(line.facts["year"])
        rules = self.region.rulebook
        readings = rules.text(_INTEREST, self.today).readings if rules.has(_INTEREST) else ()
        before = (each for each in self.lines if each.kind == line.kind and each.on < date(year, 1, 1))
        figure = earn_interest(
            sum((each.amount for each in before), ZERO),
            Decimal(line.facts["rate"]),
            year,
            str(line.facts["source"]),
            cite([line.movement], self.clauses),
            line.on,
            readings,
        )
        return figure if figure.yuan == line.amount else None

    @property
    def open_matters(self) -> list[OpenMatter]:
        """Claims that are not over yet, and drafts."""
        return [matter for matter in self.matters if matter.state not in ENDED]

    @property
    def claimable_year(self) -> int | None:
        """The year that can be asked for now, if any."""
        return next((cell.year for cell in self.grid if cell.state is YearState.CLAIMABLE), None)

    @property
    def missed_years(self) -> list[int]:
        """Years gone by without a subsidy; nothing says that they are forfeited (reading A-JN-3)."""
        return [cell.year for cell in self.grid if cell.state is YearState.MISSED and cell.year is not None]

    @property
    def paid_to_bank(self) -> list[SubsidisedYear]:
        """Subsidised years whose money went to the person's own bank account, newest first."""
        in_account = {line.contribution_year for line in self.lines}
        return [each for each in reversed(self.subsidised) if each.year not in in_account]

    def explain_paid_to_bank(self) -> Figure:
        """What the years that were paid to the bank account come to."""
        paid = {each.year: each.amount for each in reversed(self.paid_to_bank)}
        return sum_years(paid, self.region.rulebook, self.today)

    def explain_deposit(self) -> Figure | None:
        """What was deposited for the whole batch, as it is recorded; None before any of it."""
        if self.batch is None or self.batch.deposited is None or self.batch.deposited_on is None:
            return None
        steps = (Step("deposited", {"amount": self.batch.deposited}),)
        because = cite([_DEPOSIT], self.clauses)
        return Figure("deposit", self.batch.deposited, Unit.YUAN, steps, because, self.batch.deposited_on)

    def count_years(self, state: YearState) -> int:
        """How many years of the grid are in a state."""
        return sum(1 for cell in self.grid if cell.state is state)

    @property
    def yearly_subsidy(self) -> Figure | None:
        """This year's subsidy, where the region has one."""
        rules = self.region.rulebook
        return yearly_subsidy(self.today.year, rules) if rules.has("subsidy.per_year") else None

    @property
    def next_claim(self) -> ClaimKind | None:
        """What the person can ask for next, as far as the record can tell."""
        kind = self.result.claim if self.result is not None else None
        if kind is None or kind not in self.region.claims or kind is ClaimKind.OBJECTION:
            return None
        if kind is ClaimKind.REIMBURSEMENT and self.claimable_year is None:
            return None
        return None if any(matter.kind == kind for matter in self.open_matters) else kind


def read_stamp(work: Work) -> tuple[Any, ...]:
    """What the record of the villager who is signed in rests on: while it is equal, so is the record."""
    assert work.actor.person_id is not None  # noqa: S101  the page is open to villagers only
    return work.today, *stored_records.read_stamp(work.session, work.actor.person_id)


def show_record(work: Work) -> Record:
    """The record of the villager who is signed in."""
    assert work.actor.person_id is not None  # noqa: S101  the page is open to villagers only
    return read_record(work, work.actor.person_id)


def read_record(work: Work, person_id: int) -> Record:
    """One villager's record; raises ``NoSuchPerson``."""
    on_record = stored_records.get_person(work.session, person_id)
    lines = stored_ledger.list_lines(work.session, person_id)
    matters = stored_records.list_open_matters(work.session, person_id)
    subsidised = stored_records.list_subsidised_years(work.session, person_id)
    person = on_record.person
    region = work.packs.get(person.region)
    rules = region.rulebook
    history = SubsidyHistory(frozenset(each.year for each in subsidised), person.opening_used_years)
    facts = _facts(on_record, history, lines, rules, work.today) | _ledger_fact(work, region, person, lines)
    result = _decide(region, facts)
    slots = stored_claims.list_slots(work.session, person_id)
    has_filed = f"filed:{ClaimKind.REIMBURSEMENT}:{work.today.year}" in slots
    grid = _grid(person, history, matters, result, rules, work.today, may_file=not has_filed)
    clauses = clauses_of_movements(work, person.region)
    levy, interest = _land_figures(work, on_record, lines, rules, clauses)
    return Record(
        region=region,
        person=person,
        facts=facts,
        result=result,
        office=region.office(
            result.office if result is not None and result.office else region.main_office, person.town
        ),
        today=work.today,
        history=history,
        subsidised=subsidised,
        grid=grid,
        years_left=years_left(history, rules, work.today) if grid else None,
        money_left=money_left(history, rules, work.today) if _shows(result, "money_left") else None,
        top_up=_top_up(person, lines, result, rules, work.today),
        land_levy=levy,
        land_interest=interest,
        interest_to_come=_interest_to_come(work, person, lines),
        lines=lines,
        clauses=clauses,
        matters=matters,
        batch=on_record.batch,
        course=_course(on_record.batch, lines, rules, work.packs.calendar),
        letter=on_record.letter,
        notices=stored_records.list_unread_notices(work.session, person_id),
        has_filed_this_year=has_filed,
    )


# -- What the decision table is asked ------------------------------------------------------------------


def _decide(region: Region, facts: Mapping[str, str]) -> Result | None:
    table = region.rulebook.tables.get(TABLE)
    if table is None:
        return None
    try:
        return region.results.get(table.decide(facts).result)
    except (UndecidedYet, NoRowApplies):
        return None


def _facts(
    on_record: PersonOnRecord,
    history: SubsidyHistory,
    lines: Sequence[PersonLine],
    rules: Rulebook,
    today: date,
) -> dict[str, str]:
    """All that the record knows in the words of the tables; each region's table asks for what it needs.

    What only an office can grant (a one-off payment, a good reason) counts as not granted.
    """
    person, batch, letter = on_record.person, on_record.batch, on_record.letter
    standing = Standing(
        category=person.category,
        identity_confirmed=person.is_confirmed,
        scheme=person.scheme,
        benefit_status=person.benefit_status,
        withdrawal_finished=person.withdrawn_on is not None,
        prior_subsidy=person.opening_prior_subsidy,
        years_used=history.used,
        alive=person.is_alive,
    )
    age = today.year - person.birth_year
    has_land_money = any(line.kind == Kind.SPECIAL_LEDGER or line.movement in _LAND_CREDITS for line in lines)
    is_listed = batch is not None and batch.state in _LISTED
    facts = {
        **standing_facts(standing, rules, today),
        "on_list": _yes(person.land_batch is not None or letter is not None),
        "age_group": "adult" if age >= _ADULT else "minor_or_student",
        "moving": "no",
        "one_off": "no",
        "beneficiary": "fixed" if has_land_money or is_listed else "not_fixed",
        "own_land_taken": _yes(on_record.has_household_land_taken or letter is not None),
        "member_eligible": _yes(age >= _ADULT),
        "key_project": "no",
        "good_reason": "none",
    }
    if batch is not None and batch.approved_on is not None:
        facts["land_approved"] = "yes"
        if rules.has("batch.new_track_from"):
            is_new = is_new_track(batch.approved_on, rules, today)
            facts["land_taken"] = "since_2019" if is_new else "before_2019"
    if letter is not None:
        last_day = min(letter.valid_until, letter.enrol_by or letter.valid_until)
        is_in_time = today <= last_day or person.scheme not in (Scheme.NONE, Scheme.LEGACY)
        facts |= {"land_approved": "yes", "land_type": "farmland", "in_time": _yes(is_in_time)}
    return facts


def _ledger_fact(work: Work, region: Region, person: Person, lines: Sequence[PersonLine]) -> dict[str, str]:
    """Whether the special ledger was chosen; that levy money lies in one does not say so, a payment does."""
    if ClaimKind.SPECIAL_LEDGER_OPTION not in region.claims:
        return {}
    has_drawn = any(line.movement == "ledger_reimbursement" and line.stands for line in lines)
    chosen = find_ledger_option(work, person.id)
    return {"ledger_option": chosen or ("chosen" if has_drawn else "not_chosen")}


def _yes(fact: bool) -> str:
    return "yes" if fact else "no"


# -- The subsidy ---------------------------------------------------------------------------------------


def _shows(result: Result | None, figure: str) -> bool:
    return result is not None and result.figure == figure


def _grid(
    person: Person,
    history: SubsidyHistory,
    matters: Sequence[OpenMatter],
    result: Result | None,
    rules: Rulebook,
    today: date,
    *,
    may_file: bool,
) -> tuple[GridYear, ...]:
    """The years of those who are subsidised year by year; nobody else has any."""
    if not rules.has("subsidy.cap_years") or not (_shows(result, "money_left") or history.used):
        return ()
    first = rules.count("subsidy.first_year", today).value
    confirmed = person.identity_confirmed_on
    if person.category is not Category.LEGACY_MEMBER and confirmed is not None:
        first = max(first, confirmed.year)
    claimed = {
        matter.claim_year
        for matter in matters
        if matter.kind == ClaimKind.REIMBURSEMENT and matter.number is not None and matter.state not in ENDED
    }
    return year_grid(
        history,
        rules,
        today,
        entitled_from=first,
        claimed_years=frozenset(year for year in claimed if year is not None),
        files_claims=may_file and result is not None and result.claim is ClaimKind.REIMBURSEMENT,
    )


def _top_up(
    person: Person, lines: Sequence[PersonLine], result: Result | None, rules: Rulebook, today: date
) -> Figure | None:
    is_posted = any(line.movement == "top_up" and line.stands for line in lines)
    if not _shows(result, "top_up") or is_posted:
        return None
    return top_up(person.opening_prior_subsidy, rules, today)


def _interest_to_come(work: Work, person: Person, lines: Sequence[PersonLine]) -> int | None:
    """Last year, if its interest should still come: the office posts it once the rate is announced."""
    year = work.today.year - 1
    knows_interest = "account_interest" in work.packs.ledgers[person.region].regime.movements
    is_posted = any(line.movement == "account_interest" and line.on.year == year for line in lines)
    held = any(line.kind == Kind.PERSONAL_ACCOUNT and line.on.year < year for line in lines)
    return year if knows_interest and held and not is_posted else None


# -- Land money ----------------------------------------------------------------------------------------


def _land_figures(
    work: Work,
    on_record: PersonOnRecord,
    lines: Sequence[PersonLine],
    rules: Rulebook,
    clauses: Mapping[str, Citation],
) -> tuple[Figure | None, Figure | None]:
    """The levy and its interest set down for the person: always two figures (guangdong-2025#art2)."""
    came = [line for line in lines if line.movement in _LAND_CREDITS and line.stands]
    if not came or not rules.has("share.method"):
        return None, None
    interest = sum((line.amount for line in came if line.source == Source.INTEREST), ZERO)
    levy = sum((line.amount for line in came if line.source != Source.INTEREST), ZERO)
    because = cite((line.movement for line in came), clauses)
    on = max(line.on for line in came)
    try:
        levy_share = _equal_share(work, on_record, rules, on)
        interest_share = _interest_share(work, on_record, rules, on)
    except NoRuleInForce:
        levy_share = interest_share = None  # what came before there was a rule is only told
    return (
        _as_shared("land_levy", levy, levy_share, because, on),
        _as_shared("land_interest", interest, interest_share, because, on),
    )


def _as_shared(
    name: str, amount: Yuan, worked_out: Figure | None, because: tuple[Citation, ...], on: date
) -> Figure:
    """How a share came about; where it stands otherwise in the books, the amount as it is recorded."""
    if worked_out is not None and worked_out.value == amount:
        return worked_out
    return Figure(name, amount, Unit.YUAN, (Step("recorded_share", {"amount": amount}),), because, on)


def _equal_share(work: Work, on_record: PersonOnRecord, rules: Rulebook, on: date) -> Figure | None:
    """The person's part of the batch if it was shared equally, with the odd fen by insurance number.

    The rule is that of the day on which the money came.
    """
    person, batch = on_record.person, on_record.batch
    if batch is None or batch.amount_due is None or person.insurance_no is None:
        return None
    people, place = stored_records.find_place_in_batch(work.session, person)
    keys = [f"{number:08}" for number in range(people)]
    return my_share("land_levy", batch.amount_due, [1] * people, keys, keys[place], rules, on)


def _interest_share(work: Work, on_record: PersonOnRecord, rules: Rulebook, on: date) -> Figure | None:
    """The person's part of the interest that came to the batch, by levy (guangdong-2025#art9)."""
    person = on_record.person
    if person.land_batch is None or person.insurance_no is None:
        return None
    total = stored_ledger.sum_batch_interest(work.session, person.region, person.land_batch)
    levies = stored_records.list_levies_of_batch(work.session, person, _LAND_CREDITS)
    if not levies.get(person.id):
        return None
    keys = [f"{place:08}" for place in range(len(levies))]
    mine = keys[list(levies).index(person.id)]
    weights = list(levies.values())
    return my_share("land_interest", total, weights, keys, mine, rules, on, of_interest=True)


def _course(
    batch: BatchOnRecord | None, lines: Sequence[PersonLine], rules: Rulebook, working: WorkingCalendar
) -> tuple[CourseStep, ...]:
    """How far the batch has come, and until when the next step is due (hedong-2019#3.4)."""
    if batch is None or not rules.has("batch.forward_days"):
        return ()
    posted = [line.on for line in lines if line.land_batch == batch.code or line.movement == "land_subsidy"]
    steps = [CourseStep("deposit", batch.deposited_on), CourseStep("approval", batch.approved_on)]
    before = batch.approved_on
    for step, done_on in (
        ("forward", batch.forwarded_on),
        ("list", batch.list_received_on),
        ("post", max(posted, default=None)),
    ):
        due = because = None
        # No days are set for what was approved before the notice: see hedong-2019#2.3.
        if before is not None and before >= rules.rules[f"batch.{step}_days"].values[0].starts:
            days = rules.count(f"batch.{step}_days", before)
            due, because = working_days_after(before, days.value, working), days.citation
        steps.append(CourseStep(step, done_on, due, because))
        before = done_on
    return tuple(steps)
