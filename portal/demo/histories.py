"""The years of the demo: what was paid in, credited, reimbursed and earned, posted through the ledger."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, Decimal

from portal.demo.land import CREDITED_BATCH, LEVY, LEVY_BATCH, LEVY_INTEREST, SHARE
from portal.demo.villagers import Villager
from portal.domain.enrolment import Scheme
from portal.domain.ledger.accounts import Account, Kind, Source
from portal.domain.ledger.entries import Entry, Posting
from portal.domain.ledger.movements import Regime
from portal.domain.money import ZERO, Yuan
from portal.services import ledger
from portal.services.work import Work
from portal.storage import ledger as stored_ledger

RATES = {
    2020: Decimal("0.0310"),
    2021: Decimal("0.0295"),
    2022: Decimal("0.0280"),
    2023: Decimal("0.0265"),
    2024: Decimal("0.0250"),
}
_LATER_RATE = Decimal("0.0240")
RATE_SOURCE = "演示利率表（编造）"

YEARLY = Decimal("1000.00")
TOTAL = YEARLY * 15
MATCHING_SUBSIDY = Decimal("60.00")
_ROUND = Decimal(10_000)


@dataclass(frozen=True)
class Book:
    """A region's people with their rows, and what its texts let be done with money."""

    region: str
    regime: Regime
    people: Sequence[tuple[int, Villager]]

    def knows(self, *movements: str) -> bool:
        """Whether the region's list has all of these movements."""
        return all(name in self.regime.movements for name in movements)


def post_year(work: Work, book: Book, year: int) -> None:
    """All that happened to a region's accounts in a year, interest included."""
    post_contributions(work, book, year)
    _post_matching_subsidy(work, book, year)
    _post_yearly_subsidies(work, book, year)
    if book.knows("account_interest"):
        ledger.post_interest(work, year, RATES.get(year, _LATER_RATE), RATE_SOURCE, region=book.region)


def post_contributions(work: Work, book: Book, year: int) -> None:
    """What people paid in for a year."""
    if book.knows("own_contribution"):
        paid = {
            row: each.contribution for row, each in book.people if each.contribution and each.died_on is None
        }
        bank = _place_of(book.regime, "own_contribution")
        _post(
            work, book, "own_contribution", f"{year}", date(year, 3, 20), bank, Source.OWN_CONTRIBUTION, paid
        )


def _post_matching_subsidy(work: Work, book: Book, year: int) -> None:
    if book.knows("contribution_subsidy"):
        matched = {
            row: MATCHING_SUBSIDY for row, each in book.people if each.contribution and not each.died_on
        }
        bank = _place_of(book.regime, "contribution_subsidy")
        day = date(year, 11, 30)
        _post(work, book, "contribution_subsidy", f"{year}", day, bank, Source.GOV_SUBSIDY, matched)


def _post_yearly_subsidies(work: Work, book: Book, year: int) -> None:
    if not book.knows("yearly_subsidy", "reimbursement", "fund_receipt"):
        return
    paid = [(row, each) for row, each in book.people if year in each.paid_years]
    credited = [row for row, each in paid if each.scheme is Scheme.RESIDENT]
    reimbursed = [row for row, each in paid if each.scheme is Scheme.EMPLOYEE]
    day = date(year, 12, 15)
    _fund(work, book, f"{year}", day, YEARLY * len(paid))
    if credited:
        ledger.post_yearly_subsidy(
            work,
            credited,
            year=year,
            amount=YEARLY,
            region=book.region,
            on=day,
            key=f"demo:{book.region}:credit:{year}",
        )
    if reimbursed:
        _reimburse(work, book, year, day, reimbursed)


def _reimburse(work: Work, book: Book, year: int, day: date, rows: Collection[int]) -> None:
    total = YEARLY * len(rows)
    owed = [Posting(Account(Kind.PAYABLE, row), -YEARLY) for row in rows]
    approved = ledger.post(
        work,
        Entry(
            f"demo:{book.region}:reimbursement:{year}",
            day,
            "reimbursement",
            (Posting(Account(Kind.IDLE_FUND), total), *owed),
            contribution_year=year,
        ),
        region=book.region,
    )
    stored_ledger.record_subsidy_years(work.session, approved.id, year, rows)
    ledger.post(
        work,
        Entry(
            f"demo:{book.region}:reimbursement_paid:{year}",
            day,
            "reimbursement_paid",
            (Posting(Account(Kind.SPECIAL_FUND), -total), *(-posting for posting in owed)),
            contribution_year=year,
        ),
        region=book.region,
    )


def post_top_ups(work: Work, book: Book, day: date) -> None:
    """What legacy members were lacking of the whole subsidy when they joined the residents' pension."""
    lacking = {
        row: TOTAL - each.prior_subsidy
        for row, each in book.people
        if each.merged and each.prior_subsidy < TOTAL
    }
    total = sum(lacking.values(), ZERO)
    if not (total and book.knows("top_up", "fund_receipt")):
        return
    _fund(work, book, "top_up", day, total)
    postings = (
        Posting(Account(Kind.IDLE_FUND), total),
        Posting(Account(Kind.SPECIAL_FUND), -total),
        Posting(Account(Kind.FISCAL_ACCOUNT), total),
        *_credits(Source.GOV_SUBSIDY, lacking),
    )
    ledger.post(work, Entry(f"demo:{book.region}:top_up", day, "top_up", postings), region=book.region)


def post_work_fund(work: Work, book: Book, day: date) -> None:
    """Money for the claims of this year."""
    if book.knows("fund_receipt"):
        _fund(work, book, "work", day, YEARLY * len(book.people) + _ROUND)


def post_land_subsidies(work: Work, book: Book, deposited: Mapping[str, Yuan], day: date) -> None:
    """Put in each batch's money, and credit the people of the batch that was decided."""
    if not book.knows("levy_deposit", "land_subsidy"):
        return
    _deposit(work, book, Kind.DEPOSIT_ACCOUNT, deposited, day)
    shares = {row: SHARE for row, each in book.people if each.land_batch == CREDITED_BATCH}
    total = sum(shares.values(), ZERO)
    postings = (
        Posting(_batch_account(CREDITED_BATCH, Source.LAND_LEVY), total),
        Posting(Account(Kind.DEPOSIT_ACCOUNT), -total),
        Posting(Account(Kind.FISCAL_ACCOUNT), total),
        *_credits(Source.GOV_SUBSIDY, shares),
    )
    ledger.post(
        work, Entry(f"demo:{book.region}:land_subsidy", day, "land_subsidy", postings), region=book.region
    )


def post_land_levies(work: Work, book: Book, deposited: Mapping[str, Yuan], day: date) -> None:
    """Put in each batch's levy and its interest, and share a batch out to ledgers and accounts."""
    if not book.knows("levy_deposit", "special_ledger_opening", "fiscal_transfer", "account_credit"):
        return
    _deposit(work, book, Kind.TRANSITION_ACCOUNT, deposited, day)
    listed = [(row, each) for row, each in book.people if each.land_batch == LEVY_BATCH]
    interest = LEVY_INTEREST * len(listed)
    earned = (
        Posting(Account(Kind.TRANSITION_ACCOUNT), interest),
        Posting(_batch_account(LEVY_BATCH, Source.INTEREST), -interest),
    )
    ledger.post(work, Entry(f"demo:{book.region}:interest", day, "bank_interest", earned), region=book.region)
    _open_special_ledgers(
        work, book, [row for row, each in listed if each.scheme is not Scheme.RESIDENT], day
    )
    _credit_levies(work, book, [row for row, each in listed if each.scheme is Scheme.RESIDENT], day)


def _open_special_ledgers(work: Work, book: Book, rows: Collection[int], day: date) -> None:
    if not rows:
        return
    shares = {Source.LAND_LEVY: LEVY, Source.INTEREST: LEVY_INTEREST}
    postings = [
        Posting(_batch_account(LEVY_BATCH, source), amount * len(rows)) for source, amount in shares.items()
    ]
    postings += [
        Posting(Account(Kind.SPECIAL_LEDGER, row, source, LEVY_BATCH), -amount)
        for row in rows
        for source, amount in shares.items()
    ]
    entry = Entry(f"demo:{book.region}:ledgers", day, "special_ledger_opening", tuple(postings))
    ledger.post(work, entry, region=book.region)


def _credit_levies(work: Work, book: Book, rows: Collection[int], day: date) -> None:
    if not rows:
        return
    count, whole = len(rows), LEVY + LEVY_INTEREST
    moved = (
        Posting(_batch_account(LEVY_BATCH, Source.LAND_LEVY), LEVY * count),
        Posting(_batch_account(LEVY_BATCH, Source.INTEREST), LEVY_INTEREST * count),
        Posting(Account(Kind.FISCAL_ACCOUNT), whole * count),
        Posting(Account(Kind.TRANSITION_ACCOUNT), -whole * count),
        *(Posting(Account(Kind.PAYABLE, row), -whole) for row in rows),
    )
    ledger.post(
        work, Entry(f"demo:{book.region}:transfer", day, "fiscal_transfer", moved), region=book.region
    )
    credited = (
        *(Posting(Account(Kind.PAYABLE, row), whole) for row in rows),
        *_credits(Source.GOV_SUBSIDY, dict.fromkeys(rows, LEVY)),
        *_credits(Source.INTEREST, dict.fromkeys(rows, LEVY_INTEREST)),
    )
    ledger.post(
        work, Entry(f"demo:{book.region}:credit", day, "account_credit", credited), region=book.region
    )


def _deposit(work: Work, book: Book, bank: Kind, deposited: Mapping[str, Yuan], day: date) -> None:
    for batch, amount in deposited.items():
        postings = (Posting(Account(bank), amount), Posting(_batch_account(batch, Source.LAND_LEVY), -amount))
        entry = Entry(f"demo:{book.region}:deposit:{batch}", day, "levy_deposit", postings)
        ledger.post(work, entry, region=book.region)


def _fund(work: Work, book: Book, what: str, day: date, need: Yuan) -> None:
    amount = (need / _ROUND).to_integral_value(ROUND_CEILING) * _ROUND
    if amount:
        postings = (Posting(Account(Kind.SPECIAL_FUND), amount), Posting(Account(Kind.IDLE_FUND), -amount))
        entry = Entry(f"demo:{book.region}:fund:{what}", day, "fund_receipt", postings)
        ledger.post(work, entry, region=book.region)


def _post(
    work: Work,
    book: Book,
    movement: str,
    what: str,
    day: date,
    bank: Kind,
    source: Source,
    amounts: Mapping[int, Yuan],
) -> None:
    if amounts:
        total = sum(amounts.values(), ZERO)
        postings = (Posting(Account(bank), total), *_credits(source, amounts))
        entry = Entry(f"demo:{book.region}:{movement}:{what}", day, movement, postings)
        ledger.post(work, entry, region=book.region)


def _credits(source: Source, amounts: Mapping[int, Yuan]) -> Iterable[Posting]:
    return (Posting(Account(Kind.PERSONAL_ACCOUNT, row, source), -amount) for row, amount in amounts.items())


def _batch_account(batch: str, source: Source) -> Account:
    return Account(Kind.LAND_BATCH, source=source, batch=batch)


def _place_of(regime: Regime, movement: str) -> Kind:
    """Where the region's list lets this money lie."""
    return min(pattern.kind for pattern in regime.get(movement).debit)
