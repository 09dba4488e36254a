from datetime import date
from pathlib import Path

import pytest

from portal.content.documents import Documents, UnknownClause, UnknownDocument
from portal.content.problems import BrokenContent
from portal.content.script import in_script, to_simplified, to_traditional
from portal.domain.policy import Citation

KB = Path(__file__).parents[2] / "kb"


@pytest.fixture(scope="module")
def documents():
    return Documents.load(KB / "documents")


def quoting(quote, clause="5.4.2", document="jinning-2020"):
    return Citation(document, clause, quote)


def test_the_five_texts_are_there_with_their_dates(documents):
    found = {document.id: (document.effective, document.expires) for document in documents}

    assert found == {
        "guangdong-2025": (date(2026, 1, 1), date(2030, 12, 31)),
        "hedong-2019": (date(2019, 1, 17), None),
        "jinning-2020": (date(2020, 3, 1), None),
        "linyi-2012": (date(2012, 1, 16), None),
        "taizhou-2019": (date(2019, 8, 9), None),
    }


def test_a_clause_is_opened_by_its_address(documents):
    clause = documents.clause("jinning-2020#5.4.2")

    assert clause.paragraphs[0] == "2.未按原办法参保的被征地人员"
    assert len(clause.paragraphs) == 3


def test_an_unknown_address_is_refused(documents):
    with pytest.raises(UnknownDocument):
        documents.clause("shanxi-2020#1")
    with pytest.raises(UnknownClause):
        documents.clause("jinning-2020#9")
    with pytest.raises(UnknownClause):
        documents.clause("jinning-2020")


@pytest.mark.parametrize(
    "quote",
    [
        "每年1000元的缴费补助",
        "每年 1000 元的\n缴费补助",
        "在履行缴费义务后…累计补助年限不超过15年",
        "每年……1000元",
    ],
)
def test_words_that_stand_in_the_clause_are_accepted(documents, quote):
    assert documents.check(quoting(quote)) is None


@pytest.mark.parametrize(
    ("citation", "complaint"),
    [
        (quoting("每年2000元的缴费补助"), "do not stand in jinning-2020#5.4.2"),
        (quoting("累计补助年限不超过15年…每年1000元的缴费补助，由区"), "do not stand"),
        (quoting("每年1000元的缴费补助", clause="5.5"), "do not stand"),
        (quoting("每年", clause="5.9"), "no clause '5.9'"),
        (quoting("每年", document="jinning-2021"), "no document 'jinning-2021'"),
        (quoting(" … "), "quotes nothing"),
    ],
)
def test_words_that_do_not_stand_there_are_named(documents, citation, complaint):
    assert complaint in documents.check(citation)


def test_everything_wrong_with_a_folder_of_texts_is_told_at_once(tmp_path):
    (tmp_path / "a.md").write_text("---\nid: b\nscript: Latn\n---\n\n## 1\n\n一\n\n## 1\n\n二\n")
    (tmp_path / "c.md").write_text("no fields\n")

    with pytest.raises(BrokenContent) as broken:
        Documents.load(tmp_path)

    told = [str(problem).removeprefix(f"{tmp_path}/") for problem in broken.value.problems]
    assert "a.md:2: the file is named 'a' and its id is 'b'" in told
    assert "a.md:3: script must be Hans or Hant" in told
    assert "a.md:1: the field 'issued' is missing" in told
    assert "a.md:10: the clause '1' stands here a second time" in told
    assert "c.md:1: the file must open with fields between two lines of ---" in told


def test_a_field_that_is_no_day_is_told(tmp_path):
    source = (KB / "documents" / "jinning-2020.md").read_text().replace("2020-03-01", "2020-13-01")
    (tmp_path / "jinning-2020.md").write_text(source)

    with pytest.raises(BrokenContent, match=r"jinning-2020.md:7: effective must be a day"):
        Documents.load(tmp_path)


def test_an_empty_folder_is_not_taken_for_no_rules(tmp_path):
    with pytest.raises(BrokenContent, match="no policy text"):
        Documents.load(tmp_path)


def test_no_traditional_letter_is_left_when_the_guangdong_text_is_shown_in_simplified():
    whole = (KB / "documents" / "guangdong-2025.md").read_text()

    shown = to_simplified(whole)

    # GB 2312 holds the Simplified letters and no Traditional-only one, whatever the converter believes.
    assert shown.encode("gb2312").decode("gb2312") == shown


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        ("初審、復審、審批三級管理程序", "初审、复审、审批三级管理程序"),
        ("關于征地社保費", "关于征地社保费"),
        ("截留、擠占、挪用", "截留、挤占、挪用"),
        ("項目余額結算", "项目余额结算"),
        ("內部控制辦法", "内部控制办法"),
        ("行政區域范圍內", "行政区域范围内"),
        ("晉甯嘅帳戶", "晋宁嘅账户"),
    ],
)
def test_mixed_script_is_folded_to_simplified(printed, shown):
    assert to_simplified(printed) == shown


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("关于个人账户余额的复审", "關於個人賬戶餘額的複審"),
        ("征地、制度、范围、台州", "徵地、制度、範圍、台州"),
        ("为群众服务，卫生干净", "為羣眾服務，衞生乾淨".replace("衞", "衛")),
    ],
)
def test_simplified_is_shown_in_traditional(written, shown):
    assert to_traditional(written) == shown


def test_the_reader_chooses_the_script():
    assert in_script("過渡戶", "Hans") == "过渡户"
    assert in_script("过渡户", "Hant") == "過渡戶"
