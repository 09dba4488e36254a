"""Imported beside the roster and only read: land batches, households, quota letters, deposits, notices."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple

from portal.domain.cells import read_area, read_choice, read_count, read_date, read_words
from portal.domain.errors import Refusal
from portal.domain.money import Yuan, parse_moved, parse_yuan
from portal.domain.roster import ROSTER
from portal.domain.sheets import Circumstances, Column, Layout, Wrong, check_past

_PEOPLE_AT_MOST = 1_000_000
_QUOTAS_AT_MOST = 1_000


class EndsBeforeItBegins(Refusal):
    """The last day of something lies before its first."""

    code: ClassVar[str] = "ends_before_it_begins"


class BatchState(StrEnum):
    """Where a land batch stands on its way to people's accounts (hedong-2019#3.1 to 3.4)."""

    DEPOSIT_PENDING = "deposit_pending"
    DEPOSITED = "deposited"
    PLAN_DRAFTING = "plan_drafting"
    PUBLICISED = "publicised"
    OBJECTION_HANDLING = "objection_handling"
    WAITING_LAND_APPROVAL = "waiting_land_approval"
    ADJUSTING = "adjusting"
    POSTING = "posting"
    POSTED = "posted"
    CLOSED = "closed"
    LEGACY_BACKLOG = "legacy_backlog"


class PayerKind(StrEnum):
    """Who put money in, which decides where a refund goes (guangdong-2025#art11.4)."""

    FINANCE = "finance"
    LAND_USING_UNIT = "land_using_unit"


class NoticeKind(StrEnum):
    """What a public notice lays open."""

    PLAN = "plan"
    LIST = "list"
    IDENTITY = "identity"
    REALLOCATION = "reallocation"


class LandBatchFacts(NamedTuple):
    """A land project or batch; areas in mu, amounts in yuan."""

    code: str
    name: str
    county: str
    town: str | None
    village: str | None
    area: Decimal | None
    approved_on: date | None
    approval_number: str | None
    forwarded_on: date | None
    list_received_on: date | None
    amount_due: Yuan | None
    people: int | None
    levy_per_person: Yuan | None
    state: BatchState | None


class HouseholdFacts(NamedTuple):
    """A farm household with its contracted land in mu."""

    code: str
    county: str
    town: str
    village: str
    contract_certificate: str | None
    contracted_area: Decimal | None
    taken_area: Decimal | None


class QuotaLetterFacts(NamedTuple):
    """A letter that gives a household enrolment quotas (taizhou-2019#3.4)."""

    code: str
    household: str
    land_batch: str | None
    quotas: int
    letter_on: date
    valid_until: date
    enrol_by: date | None


class DepositFacts(NamedTuple):
    """Money put in for a land batch, voucher by voucher (guangdong-2025#art12)."""

    voucher: str
    land_batch: str
    payer: str
    payer_kind: PayerKind
    amount: Yuan
    deposited_on: date
    opinion_letter: str | None


class PublicNoticeFacts(NamedTuple):
    """A notice of a plan or a list, and the days it hangs."""

    code: str
    kind: NoticeKind
    title: str
    words: str
    county: str
    town: str | None
    village: str | None
    land_batch: str | None
    begins_on: date
    ends_on: date


_code = read_words(60)
_name = read_words(120)
_place_name = read_words(40)

_COUNTY = Column("county", "区县", "County", _place_name, required=True, repeats=True)
_TOWN = Column("town", "乡镇", "Town", _place_name, repeats=True)
_VILLAGE = Column("village", "村", "Village", _place_name, repeats=True)
_LAND_BATCH = Column("land_batch", "征地批次", "Land batch", _code, repeats=True, also=("批次编号",))


def _check_land_batch(batch: LandBatchFacts, circumstances: Circumstances) -> Iterator[Wrong]:
    yield from check_past("approved_on", batch.approved_on, circumstances)
    yield from check_past("forwarded_on", batch.forwarded_on, circumstances)
    yield from check_past("list_received_on", batch.list_received_on, circumstances)


def _check_quota_letter(letter: QuotaLetterFacts, circumstances: Circumstances) -> Iterator[Wrong]:
    yield from check_past("letter_on", letter.letter_on, circumstances)
    yield from _check_order(letter.letter_on, "valid_until", letter.valid_until)
    yield from _check_order(letter.letter_on, "enrol_by", letter.enrol_by)


def _check_deposit(deposit: DepositFacts, circumstances: Circumstances) -> Iterator[Wrong]:
    yield from check_past("deposited_on", deposit.deposited_on, circumstances)


def _check_public_notice(notice: PublicNoticeFacts, _: Circumstances) -> Iterator[Wrong]:
    yield from _check_order(notice.begins_on, "ends_on", notice.ends_on)


def _check_order(first: date | None, column: str, last: date | None) -> Iterator[Wrong]:
    if first and last and last < first:
        yield column, EndsBeforeItBegins


LAND_BATCHES = Layout(
    "land_batch",
    LandBatchFacts,
    (
        Column("code", "批次编号", "Batch code", _code, required=True, unique=True, also=("征地批次",)),
        Column("name", "批次名称", "Batch name", _name, required=True, also=("项目名称",)),
        _COUNTY,
        _TOWN,
        _VILLAGE,
        Column("area", "征地面积", "Area taken", read_area, also=("征地面积(亩)",)),
        Column("approved_on", "批准日期", "Approved on", read_date),
        Column("approval_number", "批准文号", "Approval number", _code),
        Column("forwarded_on", "批复转交日期", "Approval forwarded on", read_date),
        Column("list_received_on", "名单收齐日期", "List received on", read_date),
        Column("amount_due", "应缴金额", "Amount due", parse_yuan),
        Column("people", "人数", "People", read_count(0, _PEOPLE_AT_MOST)),
        Column("levy_per_person", "人均征地社保费", "Levy per person", parse_yuan),
        Column(
            "state",
            "办理状态",
            "State",
            read_choice(
                {
                    "待存入": BatchState.DEPOSIT_PENDING,
                    "已存入": BatchState.DEPOSITED,
                    "方案拟订": BatchState.PLAN_DRAFTING,
                    "公示中": BatchState.PUBLICISED,
                    "异议处理": BatchState.OBJECTION_HANDLING,
                    "待批复": BatchState.WAITING_LAND_APPROVAL,
                    "名单调整": BatchState.ADJUSTING,
                    "记账中": BatchState.POSTING,
                    "已记账": BatchState.POSTED,
                    "已办结": BatchState.CLOSED,
                    "历史结转": BatchState.LEGACY_BACKLOG,
                    **{state.value: state for state in BatchState},
                }
            ),
            repeats=True,
        ),
    ),
    _check_land_batch,
)

HOUSEHOLDS = Layout(
    "household",
    HouseholdFacts,
    (
        Column("code", "户编号", "Household code", _code, required=True, unique=True),
        _COUNTY,
        replace(_TOWN, required=True),
        replace(_VILLAGE, required=True),
        Column("contract_certificate", "承包经营权证号", "Contract certificate", _code),
        Column("contracted_area", "承包地面积", "Contracted area", read_area, also=("承包地面积(亩)",)),
        Column("taken_area", "被征面积", "Area taken", read_area, also=("被征面积(亩)",)),
    ),
)

QUOTA_LETTERS = Layout(
    "quota_letter",
    QuotaLetterFacts,
    (
        Column("code", "指标文号", "Letter code", _code, required=True, unique=True, also=("指标编号",)),
        Column("household", "户编号", "Household", _code, required=True),
        _LAND_BATCH,
        Column("quotas", "指标数", "Quotas", read_count(1, _QUOTAS_AT_MOST), required=True, repeats=True),
        Column("letter_on", "发函日期", "Letter date", read_date, required=True, repeats=True),
        Column("valid_until", "有效期至", "Valid until", read_date, required=True, repeats=True),
        Column("enrol_by", "参保截止日期", "Enrol by", read_date, repeats=True),
    ),
    _check_quota_letter,
)

DEPOSITS = Layout(
    "deposit",
    DepositFacts,
    (
        Column("voucher", "票据号", "Voucher", _code, required=True, unique=True, also=("凭证号",)),
        replace(_LAND_BATCH, required=True),
        Column("payer", "缴存单位", "Payer", _name, required=True),
        Column(
            "payer_kind",
            "缴存单位类型",
            "Payer kind",
            read_choice(
                {
                    "财政": PayerKind.FINANCE,
                    "用地单位": PayerKind.LAND_USING_UNIT,
                    **{kind.value: kind for kind in PayerKind},
                }
            ),
            required=True,
            repeats=True,
        ),
        Column("amount", "金额", "Amount", parse_moved, required=True),
        Column("deposited_on", "缴存日期", "Deposited on", read_date, required=True, repeats=True),
        Column("opinion_letter", "审核意见书编号", "Opinion letter", _code),
    ),
    _check_deposit,
)

PUBLIC_NOTICES = Layout(
    "public_notice",
    PublicNoticeFacts,
    (
        Column("code", "公示编号", "Notice code", _code, required=True, unique=True),
        Column(
            "kind",
            "公示类别",
            "Kind",
            read_choice(
                {
                    "方案": NoticeKind.PLAN,
                    "名单": NoticeKind.LIST,
                    "身份确认": NoticeKind.IDENTITY,
                    "指标调剂": NoticeKind.REALLOCATION,
                    **{kind.value: kind for kind in NoticeKind},
                }
            ),
            required=True,
            repeats=True,
        ),
        Column("title", "标题", "Title", _name, required=True),
        Column("words", "公示内容", "Text", read_words(4_000), required=True),
        _COUNTY,
        _TOWN,
        _VILLAGE,
        _LAND_BATCH,
        Column("begins_on", "开始日期", "Begins on", read_date, required=True, repeats=True),
        Column("ends_on", "结束日期", "Ends on", read_date, required=True, repeats=True),
    ),
    _check_public_notice,
)

SHEETS: Mapping[str, Layout[Any]] = MappingProxyType(
    {
        sheet.name: sheet
        for sheet in (ROSTER, LAND_BATCHES, HOUSEHOLDS, QUOTA_LETTERS, DEPOSITS, PUBLIC_NOTICES)
    }
)
"""Every sheet that can be imported, by name."""
