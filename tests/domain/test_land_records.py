from datetime import date
from decimal import Decimal

import pytest

from portal.domain.land_records import (
    SHEETS,
    BatchState,
    DepositFacts,
    HouseholdFacts,
    LandBatchFacts,
    NoticeKind,
    PayerKind,
    PublicNoticeFacts,
    QuotaLetterFacts,
)
from portal.domain.sheets import Circumstances, Line, Row, SheetProblem, find_header, read_lines

TODAY = date(2026, 11, 21)

SAMPLES = {
    "land_batch": (
        {
            "批次编号": "HD-2019-07",
            "批次名称": "相公街道第七批",
            "区县": "河东区",
            "乡镇": "相公街道",
            "征地面积": "120.50",
            "批准日期": "2026-10-12",
            "应缴金额": "1807500.00",
            "人数": "241",
            "办理状态": "名单调整",
        },
        LandBatchFacts(
            "HD-2019-07",
            "相公街道第七批",
            "河东区",
            "相公街道",
            None,
            Decimal("120.50"),
            date(2026, 10, 12),
            None,
            None,
            None,
            Decimal("1807500.00"),
            241,
            None,
            BatchState.ADJUSTING,
        ),
    ),
    "household": (
        {"户编号": "H1", "区县": "黄岩区", "乡镇": "头陀镇", "村": "溪边村", "承包地面积(亩)": "3.2"},
        HouseholdFacts("H1", "黄岩区", "头陀镇", "溪边村", None, Decimal("3.2"), None),
    ),
    "quota_letter": (
        {"指标文号": "L1", "户编号": "H1", "指标数": "2", "发函日期": "2026-03-15", "有效期至": "2027-03-15"},
        QuotaLetterFacts("L1", "H1", None, 2, date(2026, 3, 15), date(2027, 3, 15), None),
    ),
    "deposit": (
        {
            "票据号": "0001",
            "征地批次": "B1",
            "缴存单位": "某某公司",
            "缴存单位类型": "用地单位",
            "金额": "500,000.00",
            "缴存日期": "2023-02-28",
        },
        DepositFacts(
            "0001", "B1", "某某公司", PayerKind.LAND_USING_UNIT, Decimal("500000.00"), date(2023, 2, 28), None
        ),
    ),
    "public_notice": (
        {
            "公示编号": "N1",
            "公示类别": "名单",
            "标题": "参保名单公示",
            "公示内容": "现将名单公示如下。",
            "区县": "河东区",
            "开始日期": "2026-11-23",
            "结束日期": "2026-11-30",
        },
        PublicNoticeFacts(
            "N1",
            NoticeKind.LIST,
            "参保名单公示",
            "现将名单公示如下。",
            "河东区",
            None,
            None,
            None,
            date(2026, 11, 23),
            date(2026, 11, 30),
        ),
    ),
}


def read(sheet, *records):
    headers = list(dict.fromkeys(header for record in records for header in record))
    lines = [headers, *([record.get(header, "") for header in headers] for record in records)]
    rows = iter([Row(number, cells) for number, cells in enumerate(lines, 1)])
    return list(read_lines(find_header(SHEETS[sheet], rows), rows, Circumstances(TODAY, demo=True)))


def test_six_sheets_come_in_by_one_road():
    assert set(SHEETS) == {"roster", *SAMPLES}


@pytest.mark.parametrize("sheet", SAMPLES)
def test_a_row_is_read_into_what_it_says(sheet):
    written, meant = SAMPLES[sheet]

    assert read(sheet, written) == [Line(2, meant)]


@pytest.mark.parametrize("sheet", SAMPLES)
def test_a_code_comes_once_in_a_file(sheet):
    written, _ = SAMPLES[sheet]

    [_, second] = read(sheet, written, written)

    assert second == SheetProblem(3, SHEETS[sheet].columns[0].field, "twice_in_the_file", {"first_row": 2})


@pytest.mark.parametrize("sheet", SHEETS)
def test_every_header_means_one_column(sheet):
    layout = SHEETS[sheet]

    for column in layout.columns:
        for header in (column.zh, column.en, column.field):
            assert layout.column(header) is column


@pytest.mark.parametrize(
    ("sheet", "column", "text", "field", "code"),
    [
        ("quota_letter", "有效期至", "2026-03-14", "valid_until", "ends_before_it_begins"),
        ("quota_letter", "参保截止日期", "2026-03-14", "enrol_by", "ends_before_it_begins"),
        ("quota_letter", "指标数", "0", "quotas", "count_not_understood"),
        ("public_notice", "结束日期", "2026-11-22", "ends_on", "ends_before_it_begins"),
        ("deposit", "缴存日期", "2026-11-22", "deposited_on", "date_in_the_future"),
        ("deposit", "缴存单位类型", "个人", "payer_kind", "not_a_choice"),
        ("deposit", "金额", "0.00", "amount", "amount_is_nothing"),
        ("deposit", "金额", "-1", "amount", "amount_out_of_range"),
        ("deposit", "金额", "1.005", "amount", "amount_too_precise"),
        ("deposit", "金额", "1e5", "amount", "amount_not_a_number"),
        ("deposit", "金额", "NaN", "amount", "amount_not_a_number"),
        ("deposit", "缴存日期", "2026-02-30", "deposited_on", "date_not_understood"),
        ("deposit", "缴存日期", "0001-01-01", "deposited_on", "date_not_understood"),
        ("land_batch", "批准日期", "2026-11-22", "approved_on", "date_in_the_future"),
        ("household", "承包地面积(亩)", "三亩", "contracted_area", "area_not_understood"),
    ],
)
def test_what_cannot_be_is_told_with_its_column(sheet, column, text, field, code):
    written, _ = SAMPLES[sheet]

    [problem] = read(sheet, written | {column: text})

    assert (problem.row, problem.column, problem.code) == (2, field, code)
