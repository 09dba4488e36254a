"""Land batches, households, quota letters, deposits and notices of the demo, and the land's money."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from portal.domain.deadlines import WorkingCalendar, working_days_after, years_after

CREDITED_BATCH = "HD-2021-03"
BACKLOG_BATCH = "HD-2018-07"
NOTICE_BATCH = "HD-2026-05"
QUOTA_BATCH = "TZ-2026-02"
LEVY_BATCH = "GD-2026-01"
OPEN_BATCH = "GD-2026-04"
NEW_BATCH = "JN-2026-01"

HOUSEHOLDS = 30
SHARE = Decimal("7500.00")
"""What a person's part of a credited batch comes to in Hedong's plan."""
LEVY = Decimal("12300.00")
"""The levy for one person in Guangdong's batch."""
LEVY_INTEREST = Decimal("184.50")

NOTICE_WORKING_DAYS = 5
_LETTER_AGE_DAYS = 250

Row = dict[str, object]
Sheets = Mapping[str, Sequence[Row]]


@dataclass(frozen=True)
class Where:
    """Where a region's land lies, and when the demo's people look at it."""

    county: str
    town: str
    village: str
    today: date
    working: WorkingCalendar


def list_sheets(region: str, where: Where) -> Sheets:
    """The rows of each sheet that a region's office sends beside its roster."""
    return {name: list(rows) for name, rows in _SHEETS.get(region, _no_sheets)(where)}


def household_code(number: int) -> str:
    """How a household of the demo is called."""
    return f"TZH-{number:04}"


def _batch(where: Where, code: str, name: str, state: str, **facts: object) -> Row:
    return {
        "code": code,
        "name": name,
        "county": where.county,
        "town": where.town,
        "village": where.village,
        "area": None,
        "approved_on": None,
        "approval_number": None,
        "forwarded_on": None,
        "list_received_on": None,
        "amount_due": None,
        "people": None,
        "levy_per_person": None,
        "state": state,
        **facts,
    }


def _deposit(voucher: str, batch: str, payer: str, kind: str, amount: Decimal, on: date) -> Row:
    return {
        "voucher": voucher,
        "land_batch": batch,
        "payer": payer,
        "payer_kind": kind,
        "amount": amount,
        "deposited_on": on,
        "opinion_letter": f"审{voucher}",
    }


def _notice(
    where: Where, code: str, kind: str, title: str, words: str, batch: str | None, begins_on: date
) -> Row:
    return {
        "code": code,
        "kind": kind,
        "title": title,
        "words": words,
        "county": where.county,
        "town": where.town,
        "village": where.village,
        "land_batch": batch,
        "begins_on": begins_on,
        "ends_on": working_days_after(begins_on, NOTICE_WORKING_DAYS, where.working).day,
    }


def _jinning(where: Where) -> Iterator[tuple[str, list[Row]]]:
    taken = where.today - timedelta(days=150)
    yield (
        "land_batch",
        [_batch(where, NEW_BATCH, "环湖东路二期", "publicised", area="86.40", approved_on=taken, people=63)],
    )
    yield (
        "public_notice",
        [
            _notice(
                where,
                "JNG-01",
                "identity",
                "被征地人员身份确认公示",
                "环湖东路二期被征地人员身份确认名单，请村民核对。有异议的，公示期内提出。",
                NEW_BATCH,
                where.today - timedelta(days=1),
            )
        ],
    )


def _hedong(where: Where) -> Iterator[tuple[str, list[Row]]]:
    yield (
        "land_batch",
        [
            _batch(
                where,
                CREDITED_BATCH,
                "沂河东岸道路",
                "posted",
                area="120.50",
                approved_on=date(2021, 3, 8),
                approval_number="鲁政土字〔2021〕演示3号",
                forwarded_on=date(2021, 3, 19),
                list_received_on=date(2021, 4, 28),
                amount_due=SHARE * 241,
                people=241,
            ),
            _batch(
                where, BACKLOG_BATCH, "汤河治理", "legacy_backlog", area="44.00", approved_on=date(2018, 9, 3)
            ),
            _batch(
                where, NOTICE_BATCH, "物流园三期", "publicised", area="61.20", amount_due="918000", people=122
            ),
        ],
    )
    finance = "河东区财政局（演示）"
    yield (
        "deposit",
        [
            _deposit("HDP-0001", CREDITED_BATCH, finance, "finance", SHARE * 241, date(2021, 2, 20)),
            _deposit("HDP-0002", BACKLOG_BATCH, finance, "finance", Decimal("330000.00"), date(2018, 8, 15)),
            _deposit(
                "HDP-0003", NOTICE_BATCH, finance, "finance", Decimal("918000.00"), _days_ago(where, 30)
            ),
        ],
    )
    yield (
        "public_notice",
        [
            _notice(
                where,
                "HDG-01",
                "plan",
                "物流园三期被征地农民养老保险方案公示",
                "本村被征地农民养老保险方案和参保名单，公示5个工作日。有异议的，公示期内向镇街提出。",
                NOTICE_BATCH,
                _days_ago(where, 1),
            )
        ],
    )


def _linyi(where: Where) -> Iterator[tuple[str, list[Row]]]:
    yield (
        "land_batch",
        [_batch(where, "LY-2020-02", "北环路", "closed", area="30.00", approved_on=date(2020, 4, 9))],
    )


def _taizhou(where: Where) -> Iterator[tuple[str, list[Row]]]:
    yield (
        "land_batch",
        [
            _batch(
                where,
                QUOTA_BATCH,
                "枫溪工业园",
                "closed",
                area="45.00",
                approved_on=_days_ago(where, 270),
                people=60,
            )
        ],
    )
    yield (
        "household",
        [
            {
                "code": household_code(number),
                "county": where.county,
                "town": where.town,
                "village": where.village,
                "contract_certificate": f"TZCB-{number:06}",
                "contracted_area": f"{3 + number % 4}.{number % 10}",
                "taken_area": f"{1 + number % 3}.{number % 10}",
            }
            for number in range(1, HOUSEHOLDS + 1)
        ],
    )
    yield "quota_letter", [_letter(number, where.today) for number in range(1, HOUSEHOLDS + 1)]
    yield (
        "public_notice",
        [
            _notice(
                where,
                "TZG-01",
                "reallocation",
                "调剂参保指标名单公示",
                "按“五议两公开”程序产生的调剂名单，请村民核对。",
                QUOTA_BATCH,
                _days_ago(where, 2),
            )
        ],
    )


def _letter(number: int, today: date) -> Row:
    """Most letters run on for months; the fourth household's lapses soon, the seventh's has lapsed."""
    written = today - timedelta(days={4: 345, 7: 430}.get(number, _LETTER_AGE_DAYS))
    return {
        "code": f"TZZ-{number:04}",
        "household": household_code(number),
        "land_batch": QUOTA_BATCH,
        "quotas": 1 + number % 2,
        "letter_on": written,
        "valid_until": years_after(written, 1),
        "enrol_by": years_after(written, 1) - timedelta(days=30),
    }


def _guangdong(where: Where) -> Iterator[tuple[str, list[Row]]]:
    unit = "榕江开发公司（演示）"
    yield (
        "land_batch",
        [
            _batch(
                where,
                LEVY_BATCH,
                "榕江新城一期",
                "posted",
                area="42.00",
                approved_on=_days_ago(where, 240),
                people=100,
                levy_per_person=LEVY,
                amount_due=LEVY * 100,
            ),
            _batch(
                where,
                OPEN_BATCH,
                "沙涌排涝站",
                "adjusting",
                area="18.00",
                approved_on=_days_ago(where, 25),
                people=31,
            ),
        ],
    )
    yield (
        "deposit",
        [
            _deposit("GDP-0001", LEVY_BATCH, unit, "land_using_unit", LEVY * 100, _days_ago(where, 300)),
            _deposit(
                "GDP-0002", OPEN_BATCH, unit, "land_using_unit", Decimal("381300.00"), _days_ago(where, 60)
            ),
        ],
    )


def _no_sheets(_: Where) -> Iterator[tuple[str, list[Row]]]:
    return iter(())


def _days_ago(where: Where, days: int) -> date:
    return where.today - timedelta(days=days)


_SHEETS = {
    "jinning": _jinning,
    "hedong": _hedong,
    "linyi": _linyi,
    "taizhou": _taizhou,
    "guangdong": _guangdong,
}
