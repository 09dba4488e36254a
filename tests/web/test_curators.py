import pytest
from sqlalchemy import select

from portal.domain.staff import Role
from portal.services.work import House
from portal.storage.models.assistant import QuestionRecord
from portal.storage.models.audit import AuditRecord
from tests.builders import make_staff
from tests.web.browser import Browser

MISSED = ("我爸过世了，他账上的钱怎么领", "我爸过世了，他账上的钱咋个领", "单位欠我的工资找谁要")


@pytest.fixture
def curator(browser: Browser, house: House) -> Browser:
    """A curator's browser."""
    return Browser(browser.app).sign_in(make_staff(house, Role.CURATOR, region="taizhou"))


@pytest.fixture
def missed(browser: Browser) -> list[str]:
    """The numbers of three questions that did not help, two of them nearly the same."""
    pages = [browser.post("/ask/unclear", status=200, question=words, region="taizhou") for words in MISSED]
    return [page.text.split("编号")[1].split("。")[0] for page in pages]


def still_open(house: House) -> list[str]:
    with house.database.reading() as session:
        return list(
            session.scalars(
                select(QuestionRecord.words)
                .where(QuestionRecord.curated_at.is_(None))
                .order_by(QuestionRecord.id)
            )
        )


def test_questions_that_say_the_same_stand_together_with_their_number(curator: Browser, missed: list[str]):
    page = curator.get("/desk/curators/")

    assert page.select("tbody tr td:nth-of-type(2)") == ["2", "1"]
    assert page.select("tbody tr:first-of-type a") == [MISSED[1]]


def test_only_curators_of_the_place_see_them(browser: Browser, house: House, missed: list[str]):
    clerk = Browser(browser.app).sign_in(make_staff(house, Role.CLERK, region="taizhou"))
    elsewhere = Browser(browser.app).sign_in(make_staff(house, Role.CURATOR, region="jinning"))

    clerk.get("/desk/curators/", status=404)
    assert elsewhere.get("/desk/curators/").select("tbody tr") == []
    elsewhere.get(f"/desk/curators/{missed[0]}", status=404)


def test_phrasings_are_tried_out_and_then_handed_out_as_a_patch(
    curator: Browser, house: House, missed: list[str]
):
    asking = curator.get(f"/desk/curators/{missed[0]}/phrasings")
    assert MISSED[0] in asking.soup.select_one("textarea").get_text()
    entry = asking.soup.select_one("input[type=radio][value^=tz-]")["value"]
    fields = {"entry": entry, "words": "我爸过世了，他账上的钱怎么领\r\n\r\n我爸过世了，他账上的钱咋个领"}

    preview = curator.post(f"/desk/curators/{missed[0]}/phrasings", status=200, **fields)
    assert '+  "我爸过世了，他账上的钱咋个领",' in preview.select_one("pre")
    assert len(still_open(house)) == 3

    patch = curator.post(f"/desk/curators/{missed[0]}/phrasings", status=200, act="patch", **fields)
    assert patch.response.headers["Content-Disposition"] == f"attachment; filename={entry}.patch"
    assert patch.response.get_data(as_text=True).startswith("--- a/kb/entries/")
    assert still_open(house) == [MISSED[2]]
    with house.database.reading() as session:
        assert "questions_curated" in session.scalars(select(AuditRecord.act)).all()


def test_a_new_entry_is_tried_out(curator: Browser, missed: list[str]):
    page = curator.post(
        f"/desk/curators/{missed[0]}/entry",
        status=200,
        entry_id="tz-new-topic",
        group="taizhou-enrol",
        outcome="answer",
        question="账上的钱怎么领",
        question_en="How to get the money?",
        answer="照条款办。",
        answer_en="By the clause.",
        clauses="taizhou-2019#1 哪条里都没有的话",
        office="insurance_agency",
        words="我爸过世了，他账上的钱咋个领",
    )

    assert "引文和条款对不上" in page.text
    assert "还差11句" in page.text
    assert "kb/entries/taizhou-enrol/tz-new-topic.md" in page.select_one("pre")


def test_an_entry_with_gaps_is_sent_back_with_everything_that_was_typed(curator: Browser, missed: list[str]):
    page = curator.post(
        f"/desk/curators/{missed[0]}/entry",
        status=422,
        entry_id="../../etc",
        outcome="handoff",
        clauses="没有编号的引文",
        question="账上的钱怎么领",
    )

    assert page.soup.select_one("#question")["value"] == "账上的钱怎么领"
    errors = "".join(page.select(".errs a"))
    assert "编号只用小写字母" in errors
    assert "每行先写条款" in errors
    assert "为什么转窗口" in errors


@pytest.mark.parametrize("fields", [{}, {"other": "no-such-entry"}], ids=["none", "unknown"])
def test_phrasings_need_an_entry_that_exists(curator: Browser, missed: list[str], fields: dict[str, str]):
    page = curator.post(f"/desk/curators/{missed[0]}/phrasings", status=422, words="怎么领", **fields)

    assert page.select(".errs a")


def test_a_cluster_that_needs_no_change_is_put_away(curator: Browser, house: House, missed: list[str]):
    done = curator.post(f"/desk/curators/{missed[2]}/done", follow=True, status=200)

    assert "处理完了" in done.text
    assert still_open(house) == list(MISSED[:2])
    curator.get(f"/desk/curators/{missed[2]}", status=404)
