"""My record: one sentence, one next step, every figure with its working, for every sort of person."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import insert, update

from portal.domain.claim_kinds import ClaimKind
from portal.domain.ledger.accounts import Account, Kind, Source
from portal.domain.ledger.entries import Entry, Posting
from portal.services import filing, ledger, records
from portal.services.work import SYSTEM, House, Work, begin_reading, begin_work
from portal.storage.models.claims import ClaimRecord, ClaimSlotRecord, DraftRecord, SubsidyYearRecord
from portal.storage.models.messages import NoticeRecord
from portal.storage.models.rosters import DepositRecord, HouseholdRecord, LandBatchRecord, QuotaLetterRecord
from tests.builders import NOW, citizen_actor, make_person
from tests.web.browser import Browser, Page

AS_OF = date(2026, 11, 20)
FISCAL = Account(Kind.FISCAL_ACCOUNT)


def open_record(browser: Browser, person: int, region: str = "jinning") -> Page:
    return browser.sign_in(citizen_actor(person, region)).get("/record/")


@contextmanager
def working(house: House) -> Iterator[Work]:
    with begin_work(house, SYSTEM, lambda _: NOW) as work:
        yield work


def post(
    house: House,
    key: str,
    movement: str,
    *postings: tuple[Account, str],
    region: str,
    on: date = date(2026, 3, 2),
) -> None:
    with working(house) as work:
        lines = tuple(Posting(account, Decimal(amount)) for account, amount in postings)
        ledger.post(work, Entry(key, on, movement, lines), region=region)


def credit(house: House, person: int, source: Source, amount: str, region: str = "jinning") -> None:
    with working(house) as work:
        ledger.post_openings(
            work,
            {(person, source): Decimal(amount)},
            region=region,
            on=date(2025, 12, 31),
            key=f"opening {person} {source}",
        )


def credit_years(house: House, person: int, *years: int) -> None:
    special, idle = Account(Kind.SPECIAL_FUND), Account(Kind.IDLE_FUND)
    post(
        house, f"fund {person}", "fund_receipt", (special, "20000.00"), (idle, "-20000.00"), region="jinning"
    )
    for year in years:
        with working(house) as work:
            ledger.post_yearly_subsidy(
                work,
                [person],
                year=year,
                amount=Decimal("1000.00"),
                region="jinning",
                on=date(year, 12, 20),
                key=f"credit {person} {year}",
            )


def add(house: House, record: type, **values: object) -> None:
    with house.database.writing() as session:
        session.execute(insert(record).values(**values))


def add_batch(house: House, region: str, **values: object) -> None:
    add(
        house,
        LandBatchRecord,
        **{
            "region": region,
            "code": "2026-03",
            "name": "样板项目",
            "county": "样板县",
            "data_as_of": AS_OF,
            **values,
        },
    )


def add_deposit(house: House, region: str, amount: str) -> None:
    add(
        house,
        DepositRecord,
        region=region,
        voucher="V1",
        land_batch="2026-03",
        payer="财政局",
        payer_kind="finance",
        amount=Decimal(amount),
        deposited_on=date(2026, 9, 1),
        data_as_of=AS_OF,
    )


def picture(page: Page, place: int) -> str:
    """What a picture says to those who hear it."""
    return str(page.soup.select("svg[role=img]")[place]["aria-label"])


# -- 晋宁 ---------------------------------------------------------------------------------------------


def test_a_contributing_employee_sees_how_far_and_what_to_claim(house: House, browser: Browser):
    person = make_person(house, identity_confirmed_on=date(2020, 6, 11))
    credit_years(house, person, 2020, 2021, 2023, 2024, 2025)

    page = open_record(browser, person)

    assert page.select_one("h1") == "您已经补了5年，今年的1000元可以领了。"
    assert page.select_one("a.btn") == "领今年的1000元"
    assert page.select("ol.years li")[:7] == [
        "2020已补",
        "2021已补",
        "2022没补",
        "2023已补",
        "2024已补",
        "2025已补",
        "2026可领",
    ]
    assert "10,000.00元" in page.text
    assert "还剩10年" in page.text
    assert "已补5年，今年可领1年，没补1年，往后还有8年。" in page.text
    assert "每人每年1000元标准打入参保人个人银行账户" in page.text


def test_a_resident_is_told_that_the_money_comes_by_itself(house: House, browser: Browser):
    person = make_person(house, scheme="resident")
    credit_years(house, person, 2023, 2024, 2025)
    credit(house, person, Source.OWN_CONTRIBUTION, "3000.00")

    page = open_record(browser, person)

    assert page.select_one("h1") == "您已经补了3年，今年缴了费，1000元就记到您账上。"
    assert page.select("main a.btn:not(.two)") == []
    assert page.select_one("ol.led li:first-child b") == "以前的余额（自己缴的）"
    assert "账上6,000.00" in page.text
    assert page.select(".rows .sum dd")[-1] == "6,000.00 元"


def test_the_bar_says_all_its_amounts(house: House, browser: Browser):
    person = make_person(house, scheme="resident")
    credit(house, person, Source.OWN_CONTRIBUTION, "3000.00")
    credit(house, person, Source.INTEREST, "121.36")

    page = open_record(browser, person)

    bar = page.soup.select_one("svg[role=img]")
    assert bar is not None
    assert bar["aria-label"] == "自己缴的3000元，利息121.36元"
    assert [path["d"] for path in bar.select("path")] == ["M0 0h3000v40H0z", "M3000 0h121v40H3000z"]


@pytest.mark.parametrize(
    ("columns", "headline", "action"),
    [
        (
            {"category": "legacy_member", "scheme": "resident", "opening_prior_subsidy": Decimal("9000.00")},
            "老账户并到居民养老，还要补您6000元。",
            None,
        ),
        (
            {"category": "legacy_member", "scheme": "resident", "opening_prior_subsidy": Decimal("15000.00")},
            "政府已经补够了，没有差额要补。",
            None,
        ),
        (
            {"category": "legacy_member", "scheme": "legacy"},
            "您要先选一条路。",
            "选居民养老还是职工养老",
        ),
        (
            {"category": "legacy_member", "scheme": "employee", "benefit_status": "drawing"},
            "老账户的钱一次退给您。",
            "退出原来的被征地养老，把账上的钱退回来（退保）",
        ),
        (
            {"category": "legacy_member", "scheme": "none"},
            "老账户的钱退给您，没有缴费补助。",
            "退出原来的被征地养老，把账上的钱退回来（退保）",
        ),
        ({"identity_confirmed_on": None}, "先认身份，再领补助。", "认定被征地人员身份"),
        (
            {"scheme": "resident", "benefit_status": "drawing"},
            "您的情况文件没有写，请打电话问。",
            None,
        ),
        ({"scheme": "none"}, "先参加养老保险，才有补助。", "选居民养老还是职工养老"),
        ({"opening_used_years": 15}, "15年已经补满了。", None),
        (
            {"category": "new_landless", "identity_confirmed_on": date(2025, 5, 6)},
            "今年的1000元，可以领了。",
            "领今年的1000元",
        ),
    ],
)
def test_each_persona_of_jinning_reads_its_own_sentence(
    house: House, browser: Browser, columns: dict[str, object], headline: str, action: str | None
):
    page = open_record(browser, make_person(house, **columns))

    assert page.select_one("h1") == headline
    assert page.select("main p a.btn:not(.two)") == ([action] if action else [])


@pytest.mark.parametrize(
    ("reason", "told"), [("记错了人", "记错了人"), ("bank_return", "银行把钱退回来")], ids=["staff", "bank"]
)
def test_a_correction_shows_both_entries_and_its_reason(
    house: House, browser: Browser, reason: str, told: str
):
    person = make_person(house)
    credit(house, person, Source.OWN_CONTRIBUTION, "300.00")
    with working(house) as work:
        ledger.reverse(
            work, f"opening {person} own_contribution", as_key="undo", on=date(2026, 2, 1), reason=reason
        )

    page = open_record(browser, person)

    assert "改正：以前的余额（自己缴的）－300.00" in page.text
    assert f"为什么改：{told}" in page.text
    assert "这一笔后来改正了" in page.text
    assert "账上没有钱" in page.text


def test_everything_is_on_the_page_behind_the_first_four(house: House, browser: Browser):
    person = make_person(house)
    for source in (
        Source.OWN_CONTRIBUTION,
        Source.GOV_SUBSIDY,
        Source.INTEREST,
        Source.CHARITY_AID,
        Source.COLLECTIVE_SUBSIDY,
    ):
        credit(house, person, source, "100.00")

    page = open_record(browser, person)

    assert len(page.select("ol.led li")) == 4
    assert "看全部" in page.text
    assert len(browser.get("/record/account").select("ol.led li")) == 5


def add_claim(house: House, person: int, state: str, year: int = 2026) -> None:
    add(
        house,
        ClaimRecord,
        number="JN2026-0007",
        region="jinning",
        town="昆阳街道",
        village="样板村",
        kind="reimbursement",
        person_id=person,
        claim_year=year,
        answers={},
        filed_at=NOW,
        promised_on=date(2026, 12, 18),
        first_contact_job_no="0001",
        state=state,
        state_since=NOW,
    )


def test_what_went_to_the_bank_is_listed_apart_from_the_account(house: House, browser: Browser):
    person = make_person(house)
    idle, special = Account(Kind.IDLE_FUND), Account(Kind.SPECIAL_FUND)
    post(house, "f", "fund_receipt", (special, "5000.00"), (idle, "-5000.00"), region="jinning")
    with working(house) as work:
        paid = ledger.post(
            work,
            Entry(
                "r",
                date(2026, 3, 2),
                "reimbursement",
                (
                    Posting(idle, Decimal("1000.00")),
                    Posting(Account(Kind.PAYABLE, person), Decimal("-1000.00")),
                ),
                contribution_year=2025,
            ),
            region="jinning",
        )
    add(house, SubsidyYearRecord, person_id=person, contribution_year=2025, entry_id=paid.id)

    page = open_record(browser, person)

    assert "打到您银行卡的补助2025年的补助＋1,000.00" in page.text
    assert "2025年的补助1,000.00元加起来1,000.00元" in page.text
    assert page.select_one("h1") == "您已经补了1年，今年的1000元可以领了。"


def test_a_year_under_way_is_not_offered_again(house: House, browser: Browser):
    person = make_person(house)
    add_claim(house, person, "reviewed_once")

    page = open_record(browser, person)

    assert page.select_one("h1") == "今年的1000元，正在给您办。"
    assert page.select("main p a.btn:not(.two)") == []
    assert "领缴费补助（职工养老）（2026年）正在办，看办到哪一步" in page.select("ul.pick li")
    assert "2026在办" in page.text


def test_whoever_has_filed_this_year_is_not_sent_to_file_again(house: House, browser: Browser):
    person = make_person(house)
    add_claim(house, person, "paid", year=2025)
    add(house, ClaimSlotRecord, person_id=person, slot="filed:reimbursement:2026", claim_id=1)

    page = open_record(browser, person)

    assert page.select_one("h1") == "今年申请过一次了，2027年再来领。"
    assert page.select("main p a.btn:not(.two)") == []
    assert "今年可领" not in page.text


def test_a_returned_claim_says_what_it_waits_for(house: House, browser: Browser):
    person = make_person(house)
    add_claim(house, person, "correction_needed")

    assert "还差东西，补上就能接着办" in open_record(browser, person).text


@pytest.mark.parametrize("state", ["rejected", "cancelled"])
def test_a_claim_that_came_to_nothing_leaves_the_year_open(house: House, browser: Browser, state: str):
    person = make_person(house)
    add_claim(house, person, state)

    assert open_record(browser, person).select_one("h1") == "今年的1000元，可以领了。"


def test_a_draft_is_found_again(house: House, browser: Browser):
    person = make_person(house)
    add(
        house,
        DraftRecord,
        person_id=person,
        kind="objection",
        answers={},
        begun_at=NOW,
        changed_at=NOW,
        expires_at=NOW,
    )

    assert "填了一半，接着填" in open_record(browser, person).text


@pytest.mark.parametrize("language", ["en", "zh-TW"])
def test_the_record_opens_in_every_language_and_leaves_a_name_as_it_is(
    house: House, browser: Browser, language: str
):
    person = make_person(house, name="余国华")  # no table knows that this 余 is never 餘
    credit(house, person, Source.OWN_CONTRIBUTION, "3000.00")
    browser.sign_in(citizen_actor(person))

    page = browser.get("/record/", **{"Accept-Language": language})

    assert page.soup.html["lang"] == {"en": "en", "zh-TW": "zh-Hant"}[language]
    assert "余国华" in page.text
    browser.get("/record/account", **{"Accept-Language": language})


def test_interest_that_is_not_announced_is_said_to_be_so_until_it_is_posted(house: House, browser: Browser):
    person = make_person(house, scheme="resident")
    post(
        house,
        "long ago",
        "own_contribution",
        (FISCAL, "300.00"),
        (Account(Kind.PERSONAL_ACCOUNT, person, Source.OWN_CONTRIBUTION), "-300.00"),
        region="jinning",
        on=date(2024, 3, 2),
    )

    assert "2025年的利息：待公布。" in open_record(browser, person).text

    with working(house) as work:
        ledger.post_interest(work, 2025, Decimal("0.02"), "演示", region="jinning")
    page = open_record(browser, person)
    assert "待公布" not in page.text
    assert "利息＋6.00" in page.text
    account = browser.get("/record/account").text
    assert "2025年开头，账户里有300.00元那一年的利率，出处：演示×2%一年的利息，算到分6.00元" in account
    assert "自己缴的300.00元利息6.00元加起来306.00元" in account
    assert "按1月1日以前账上的钱算一年" in account


def test_unread_messages_are_on_top(house: House, browser: Browser):
    person = make_person(house)
    facts = {"number": "JN2026-0001"}
    add(house, NoticeRecord, person_id=person, wording="claim_opened", facts=facts, at=NOW)
    add(house, NoticeRecord, person_id=person, wording="claim_opened", facts=facts, at=NOW, read_at=NOW)

    page = open_record(browser, person)

    assert page.select(".card b") == ["申请JN2026-0001开好了，等您补材料。"]


def test_the_record_shows_tails_only(house: House, browser: Browser):
    page = open_record(browser, make_person(house))

    assert "尾号6210" in page.text
    assert "尾号1234" in page.text
    assert "13900001234" not in page.text


def test_the_account_is_drawn_year_by_year(house: House, browser: Browser):
    person = make_person(house, scheme="resident", identity_confirmed_on=date(2020, 6, 11))
    mine = Account(Kind.PERSONAL_ACCOUNT, person, Source.OWN_CONTRIBUTION)
    for year, paid in ((2024, "300.00"), (2026, "500.00")):
        on = date(year, 3, 1)
        post(
            house, f"{year}", "own_contribution", (FISCAL, paid), (mine, f"-{paid}"), region="jinning", on=on
        )

    page = open_record(browser, person)

    assert [picture(page, place) for place in (1, 2, 3)] == [
        "自己缴的300元",
        "自己缴的300元",
        "自己缴的800元",
    ]
    assert page.select("ul.led")[0].startswith("2024年300.00 元2025年300.00 元2026年800.00 元")


# -- Elsewhere -----------------------------------------------------------------------------------------


def test_a_hedong_villager_sees_how_far_the_batch_is_and_by_when(house: House, browser: Browser):
    person = make_person(house, region="hedong", scheme="resident", land_batch="2026-03")
    add_batch(
        house,
        "hedong",
        approved_on=date(2026, 10, 12),
        forwarded_on=date(2026, 10, 26),
        state="adjusting",
    )
    add_deposit(house, "hedong", "1807500.00")

    page = open_record(browser, person, "hedong")

    assert page.select_one("h1") == "补贴全部记到您的居民养老账户。"
    assert page.select("ol.line li") == [
        "补贴的钱存进社保专户2026年9月1日已办",
        "土地批下来2026年10月12日已办",
        "批复转到镇街2026年10月26日已办",
        "镇街定名单、收齐材料最晚2026年12月7日正在办",
        "记到您的居民养老账户还没到这一步",
    ]
    assert page.select(".rows.money dd")[:2] == ["1,807,500.00", "还没分下来"]
    assert picture(page, 0) == "整个项目存了1807500元，您的一份还没分下来。"
    assert any("30个工作日" in quotation for quotation in page.select("blockquote.clause p"))


def test_a_batch_of_before_the_notice_has_no_last_days(house: House, browser: Browser):
    person = make_person(house, region="hedong", scheme="resident", land_batch="2026-03")
    add_batch(house, "hedong", approved_on=date(2018, 9, 3), state="legacy_backlog")

    page = open_record(browser, person, "hedong")

    assert page.select("ol.line li")[1:4] == [
        "土地批下来2018年9月3日已办",
        "批复转到镇街还没到这一步",
        "镇街定名单、收齐材料还没到这一步",
    ]
    assert "一村一策" in page.text


def test_a_taizhou_household_sees_its_quotas_and_their_last_day(house: House, browser: Browser):
    person = make_person(house, region="taizhou", scheme="none", household="H1")
    add(
        house,
        HouseholdRecord,
        region="taizhou",
        code="H1",
        county="样板县",
        town="样板镇",
        village="样板村",
        taken_area="3.2",
        data_as_of=AS_OF,
    )
    for code, letter_on, until in (
        ("1", date(2024, 3, 15), date(2025, 3, 15)),
        ("2", date(2026, 3, 15), date(2027, 3, 15)),
    ):
        add(
            house,
            QuotaLetterRecord,
            region="taizhou",
            code=code,
            household="H1",
            quotas=2,
            letter_on=letter_on,
            valid_until=until,
            data_as_of=AS_OF,
        )

    page = open_record(browser, person, "taizhou")

    assert page.select_one("h1") == "您家有2个参保名额，管到2027年3月15日。"
    assert "指标最多1年有效" in page.text
    assert page.select(".rows dd")[:3] == ["2个", "2026年3月15日", "2027年3月15日"]


def test_a_guangdong_villager_sees_levy_and_interest_apart(house: House, browser: Browser):
    person = make_person(house, region="guangdong", scheme="employee", land_batch="2026-03")
    other = make_person(house, region="guangdong", land_batch="2026-03")
    add_batch(house, "guangdong", amount_due=Decimal("100.01"), state="posted")
    add_deposit(house, "guangdong", "100.01")
    bank, levy = Account(Kind.TRANSITION_ACCOUNT), Account(Kind.LAND_BATCH, None, Source.LAND_LEVY, "2026-03")
    post(house, "d", "levy_deposit", (bank, "100.01"), (levy, "-100.01"), region="guangdong")
    mine = Account(Kind.SPECIAL_LEDGER, person, Source.LAND_LEVY, "2026-03")
    theirs = Account(Kind.SPECIAL_LEDGER, other, Source.LAND_LEVY, "2026-03")
    post(
        house,
        "s",
        "special_ledger_opening",
        (levy, "100.01"),
        (mine, "-50.01"),
        (theirs, "-50.00"),
        region="guangdong",
    )
    interest = Account(Kind.SPECIAL_LEDGER, person, Source.INTEREST, "2026-03")
    post(house, "i", "bank_interest", (bank, "1.23"), (interest, "-1.23"), region="guangdong")

    page = open_record(browser, person, "guangdong")

    assert picture(page, 0) == "整个项目存了100.01元，其中50.01元是您的，利息1.23元。"
    assert page.select_one("h1") == "您还没选专账，不选，钱就记到居民养老账户。"
    assert page.select_one(".btn") == "选择要不要专账管理"
    assert page.select("p.fig")[:3] == ["50.01 元", "1.23 元", "51.24 元"]
    assert "÷2人" in page.text
    assert "分完还剩1分" in page.text


def test_who_has_chosen_the_special_ledger_is_led_to_what_it_pays(house: House, browser: Browser):
    person = make_person(house, region="guangdong", scheme="employee", land_batch="2026-03")
    add_batch(house, "guangdong", state="posted")
    answers = {"default_read": "read", "ledger_option": "chosen"}
    with begin_work(house, citizen_actor(person, "guangdong"), lambda _: NOW) as work:
        claim = filing.file_claim(work, person, ClaimKind.SPECIAL_LEDGER_OPTION, answers)
    with house.database.writing() as session:
        session.execute(update(ClaimRecord).where(ClaimRecord.id == claim.id).values(state="settled"))

    page = open_record(browser, person, "guangdong")

    assert page.select_one("h1") == "您自己缴的费，可以从专账里领回来。"
    assert page.select_one(".btn") == "领缴费补贴（专账）"


def test_interest_shared_by_levy_shows_its_sum_both_levies_and_the_odd_fen(house: House, browser: Browser):
    people = [
        make_person(house, region="guangdong", scheme="employee", land_batch="2026-03") for _ in range(3)
    ]
    add_batch(house, "guangdong", state="posted")
    bank, levy = Account(Kind.TRANSITION_ACCOUNT), Account(Kind.LAND_BATCH, None, Source.LAND_LEVY, "2026-03")
    earned = Account(Kind.LAND_BATCH, None, Source.INTEREST, "2026-03")

    def ledgers(source: Source, *amounts: str) -> list[tuple[Account, str]]:
        owners = [Account(Kind.SPECIAL_LEDGER, person, source, "2026-03") for person in people]
        return [(owner, f"-{amount}") for owner, amount in zip(owners, amounts, strict=True)]

    post(house, "d", "levy_deposit", (bank, "63333.33"), (levy, "-63333.33"), region="guangdong")
    post(house, "i", "bank_interest", (bank, "1234.57"), (earned, "-1234.57"), region="guangdong")
    post(
        house,
        "s",
        "special_ledger_opening",
        (levy, "63333.33"),
        (earned, "1234.57"),
        *ledgers(Source.LAND_LEVY, "10000.00", "20000.00", "33333.33"),
        *ledgers(Source.INTEREST, "194.93", "389.87", "649.77"),
        region="guangdong",
    )

    page = open_record(browser, people[1], "guangdong")

    assert "这一批分到的利息一共1,234.57元" in page.text
    assert "20,000.00÷63,333.33" in page.text
    assert "每人先算到分389.86元" in page.text
    assert "您的一份389.87元" in page.text

    # and when the document is over, still by the rule of the day on which the money came (GD-11)
    later = datetime(2031, 2, 1, tzinfo=UTC)
    with begin_reading(house, citizen_actor(people[1], "guangdong"), lambda _: later) as work:
        interest = records.show_record(work).land_interest
    assert interest is not None
    assert (interest.steps[-1].code, interest.as_of) == ("my_share", date(2026, 3, 2))


def test_a_linyi_pensioner_sees_when_the_pension_comes(house: House, browser: Browser):
    person = make_person(house, region="linyi", scheme="resident", benefit_status="drawing")

    page = open_record(browser, person, "linyi")

    assert page.select_one("h1") == "养老金每月20日前进您的卡。"


def test_whoever_is_not_signed_in_is_asked_who_they_are(browser: Browser):
    assert browser.get("/record/", status=302).response.location.startswith("/identity/")
