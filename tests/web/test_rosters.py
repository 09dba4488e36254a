"""Bringing a file in at the desk."""

import io

import pytest
from flask import Flask
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select

from portal.domain.staff import Role
from portal.services.work import House
from portal.storage.models.citizens import PersonRecord
from portal.web.wording import rosters as words
from tests.builders import make_citizen_id, make_staff
from tests.web.browser import Browser

HEADERS = "姓名,公民身份号码,手机号,区县,乡镇,村,人员类别"


def make_csv(*rows: str) -> bytes:
    return "\n".join([HEADERS, *rows]).encode("gb18030")


def upload(browser: Browser, content: bytes, status: int = 302) -> str:
    page = browser.post(
        "/desk/rosters/", status=status, sheet="roster", file=(io.BytesIO(content), "县里的表.csv")
    )
    return page.response.headers.get("Location", page.text)


@pytest.fixture
def clerk(browser: Browser, house: House) -> Browser:
    """A browser in which a clerk has signed in."""
    return browser.sign_in(make_staff(house, Role.CLERK))


def count_people(house: House) -> int:
    with house.database.reading() as session:
        return session.scalar(select(func.count()).select_from(PersonRecord)) or 0


def test_a_clerk_looks_first_and_then_stores(clerk: Browser, house: House):
    row = f"李桂芳,{make_citizen_id().digits},13900001234,晋宁区,昆阳街道,田心村,现有"

    preview = upload(clerk, make_csv(row))
    page = clerk.get(preview)

    assert "新增1人（条），变动0人（条）" in page.text
    assert count_people(house) == 0
    clerk.post(f"{preview}/accept")
    assert count_people(house) == 1
    assert "最近导入的" in clerk.get("/desk/rosters/").text
    clerk.get(preview, status=404)


def test_a_file_with_problems_lists_them_and_cannot_be_stored(clerk: Browser, house: House):
    preview = upload(clerk, make_csv("李桂芳,123,139,晋宁区,昆阳街道,田心村,外星人"))

    page = clerk.get(preview)
    listed = clerk.get(f"{preview}/problems.xlsx").response.get_data()

    assert "有3处问题，一行也没有存" in page.text
    assert page.soup.select("form[action$=accept]") == []
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(listed)).get_sheet_by_index(0).to_python()
    assert [(row[0], row[1]) for row in sheet] == [
        ("行号", "列"),
        (2, "公民身份号码"),
        (2, "手机号"),
        (2, "人员类别"),
    ]
    clerk.post(f"{preview}/accept", status=409)
    assert count_people(house) == 0


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "文件里没有一行数据"),
        ("姓名,村\n李桂芳,田心村".encode(), "没找到表头。还缺这几列：公民身份号码、区县、乡镇、人员类别。"),
        (b"PK\x03\x04 broken", "文件打不开"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_words(clerk: Browser, content: bytes, sentence: str):
    assert sentence in upload(clerk, content, status=422)


def test_no_file_is_told_beside_the_field(clerk: Browser):
    assert "请选一个文件" in clerk.post("/desk/rosters/", status=422, sheet="roster").text


@pytest.mark.parametrize(
    "sheet", ["roster", "land_batch", "household", "quota_letter", "deposit", "public_notice"]
)
def test_every_template_can_be_filled_in_and_read_again(clerk: Browser, sheet: str):
    template = clerk.get(f"/desk/rosters/template/{sheet}.csv").response.get_data()

    told = upload_sheet(clerk, sheet, template)

    assert "/desk/rosters/preview/" in told


def upload_sheet(browser: Browser, sheet: str, content: bytes) -> str:
    page = browser.post("/desk/rosters/", sheet=sheet, file=(io.BytesIO(content), "模板.csv"))
    return page.response.headers["Location"]


def test_another_role_finds_no_such_page(browser: Browser, house: House):
    browser.sign_in(make_staff(house, Role.CASHIER))

    browser.get("/desk/rosters/", status=404)


def test_another_clerk_s_preview_does_not_exist(clerk: Browser, house: House):
    preview = upload(clerk, make_csv(f"李桂芳,{make_citizen_id().digits},,晋宁区,昆阳街道,田心村,现有"))
    clerk.sign_in(make_staff(house, Role.CLERK))

    clerk.get(preview, status=404)


def test_a_column_is_called_as_its_own_sheet_calls_it(app: Flask):
    with app.test_request_context("/"):
        assert words.column_name("name", "roster") == "姓名"
        assert words.column_name("name", "land_batch") == "批次名称"
        assert words.column_name("name") == "姓名"
