"""A sixth county, added with files alone; docs/add-a-region.md walks through it."""

import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner

from portal.cli.region import region
from portal.content.packs import load_packs
from portal.domain.policy import Unit
from portal.domain.subsidy import SubsidyHistory, money_left, yearly_subsidy

ROOT = Path(__file__).parents[2]
QINGSHAN = Path(__file__).parent / "qingshan"
PACK = "regions/qingshan"
CASE = b'[[cases]]\nid = "1"\nname = "x"\non = 2026-01-01\nexpect = { row = "QS-1" }\n%s\n'


@pytest.fixture
def kb(tmp_path):
    """The portal's own knowledge base, with 青山县 laid over it."""
    folder = tmp_path / "kb"
    for part in ("documents", "regions", "calendar", "new-region"):
        shutil.copytree(ROOT / "kb" / part, folder / part)
    shutil.copytree(QINGSHAN, folder, dirs_exist_ok=True)
    return folder


def run(*arguments):
    return CliRunner().invoke(region, [str(argument) for argument in arguments])


def mend(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_sixth_region_is_served_beside_the_five_without_a_line_of_python(kb):
    packs = load_packs(kb)

    qingshan = packs.get("qingshan")
    figure = money_left(SubsidyHistory(frozenset({2024, 2025})), qingshan.rulebook, date(2026, 11, 21))

    assert len(packs.regions) == 6
    assert (figure.value, figure.unit) == (Decimal("12000.00"), Unit.YUAN)
    assert [str(citation) for citation in figure.because] == ["qingshan-2026#1", "qingshan-2024#3"]


def test_a_new_notice_leaves_the_old_years_as_they_were(kb):
    rules = load_packs(kb).get("qingshan").rulebook

    amounts = {year: yearly_subsidy(year, rules).value for year in (2024, 2025, 2026)}

    assert amounts == {2024: Decimal("1200.00"), 2025: Decimal("1200.00"), 2026: Decimal("1500.00")}


def test_its_pages_ask_only_what_matters_and_find_the_row_with_its_clause(kb):
    qingshan = load_packs(kb).get("qingshan")
    table = qingshan.rulebook.tables["entitlement"]

    assert table.next_question({}) == "identity"
    assert table.next_question({"identity": "not_confirmed"}) is None
    assert table.next_question({"identity": "confirmed"}) == "scheme"
    row = table.decide({"identity": "confirmed", "scheme": "employee"})

    assert qingshan.results[row.result].headline.zh == "每年可以来领补助"
    assert str(row.because[0]) == "qingshan-2024#4"


def test_check_runs_its_examples_and_is_content(kb):
    result = run("check", "--kb", kb)

    assert result.exit_code == 0, result.output
    assert "6 regions" in result.output


def test_check_says_which_example_does_not_come_out(kb):
    mend(kb / PACK / "cases.toml", 'amount = "1500.00"', 'amount = "1500.01"')

    result = run("check", "--kb", kb)

    assert result.exit_code == 1
    assert "cases.toml:17: case 'QS-1b': amount should be 1500.01, and is 1500.00" in result.output


def test_check_says_everything_at_once_with_file_and_line(kb):
    rules, places = kb / PACK / "rules.toml", kb / PACK / "region.toml"
    mend(rules, "每年补助1200元", "每年补助1300元")
    mend(rules, "from = 2026-01-01", "from = 2024-07-01")
    mend(rules, 'when = { scheme = "none" }', 'when = { scheme = "nobody" }')
    mend(rules, 'below = "subsidy.cap_years"', 'below = "subsidy.cap"')
    mend(rules, 'readings = ["A-QS-1"]', 'readings = ["A-QS-9"]')
    mend(places, "promise_days = 15", 'promise_days = "15"')
    mend(places, 'code = "cap_reached"', 'code = "capped"')
    mend(places, 'towns = ["松树镇"]', 'towns = ["柏树镇"]')
    mend(places, 'short_name = "县社保中心"\n', "")
    mend(places, 'office = "town_street"', 'office = "town_hall"')
    mend(kb / "documents" / "qingshan-2024.md", "## 5", "## 4")

    result = run("check", "--kb", kb)

    assert result.exit_code == 1
    for told in (
        "rules.toml:10: the words “每年补助1300元” do not stand in qingshan-2024#3",
        "rules.toml:11: subsidy.per_year would have two values on 2024-07-01",
        "rules.toml:72: the question for 'scheme' has no choice 'nobody'",
        "rules.toml:94: no [[rules]] is called 'subsidy.cap'",
        "rules.toml:46: the table 'entitlement' leaves 1 cases open, first: identity = conf",
        "rules.toml:35: no [[readings]] is called 'A-QS-9'",
        "region.toml:71: promise_days must be a whole number, not '15'",
        "region.toml:94: code 'capped' is not known",
        "region.toml:56: no [[towns]] is called '柏树镇'",
        "region.toml:18: the field 'short_name' is missing",
        "region.toml:139: no [[offices]] is called 'town_hall'",
        "qingshan-2024.md:30: the clause '4' stands here a second time",
    ):
        assert told in result.output


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('id = "qingshan"', 'id = "jinning"', "another pack already has the id 'jinning'"),
        ('id = "qingshan"', 'id = "qingshan"\nwithin = "shanxi"', "'shanxi' is no region it can lie in"),
        ('id = "qingshan"', 'id = "qingshan"\nwithin = "hedong"', "'hedong' is no region it can lie in"),
        (
            '"qingshan-2024", "qingshan-2026"',
            '"qingshan-2024"',
            "'qingshan-2026' is not among the region's documents",
        ),
        (
            'kind = "reimbursement"',
            'kind = "transfer"',
            "no [[rules]] is called 'transfer.method'",
        ),
        ('value = "none"', 'value = "resident"', "at least two choices, each with its own value"),
        ('claim = "reimbursement"', 'claim = "waiver"', "no [[claims]] is called 'waiver'"),
        ('code = "ask_office"', 'code = "ask"', "no [[results]] is called 'ask_office'"),
        ('code = "ask_office"', 'code = "confirm_first"', "confirm_first stands here a second time"),
        ("demo = true", "demos = true", "nobody knows the field 'demos'"),
        ('name = "青山县"', "name = 青山县", "not TOML"),
        ("promise_days = 15", "promise_days = 0", "promise_days must be a whole number of 1 or more, not 0"),
        (
            "promise_days = 15",
            "promise_days = 9999",
            "promise_days must be a whole number of 1 to 250, not 9999",
        ),
        ('name = "青山县"', 'name = "青山县青山县青山县"', "name has room for 7 characters"),
        ('figure = "money_left"', 'figure = "money"', "figure must be one of ledger_payment, levy_share,"),
        ('phone = "', 'phone = "打', "phone must be digits such as 0871-0000 1234"),
        (
            'claim_prefix = "QS"',
            'claim_prefix = "qs/"',
            "claim_prefix must be two or three capital letters, not 'qs/'",
        ),
        ('claim_prefix = "QS"', 'claim_prefix = "JN"', "another pack's claim numbers already begin so"),
        ('documents = ["qingshan-2024"', 'documents = ["qingshan-2024", "qingshan-2024"', "a second time"),
    ],
)
def test_check_names_what_is_wrong_with_places_and_claims(kb, old, new, told):
    mend(kb / PACK / "region.toml", old, new)

    result = run("check", "--kb", kb)

    assert result.exit_code == 1
    assert told in result.output


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('when = { scheme = "none" }', 'when = { scheme = "employee" }', "row 'QS-4' can never apply"),
        (
            'when = { scheme = "none" }',
            'when = { scheme = "employee" }',
            "leaves 1 cases open, first: identity = confirmed, scheme = none",
        ),
        (
            'when = { scheme = "none" }',
            'when = { married = "yes" }',
            "no question asks for the fact 'married'",
        ),
        ("value = 1200", 'value = "12.005"', 'value must be an amount in quotes such as "1000.00"'),
        ("value = 1200", "value = -1200", "value must be a whole number of 1 or more, not -1200"),
        ("value = 1200", 'value = "-1200"', 'value must be an amount in quotes such as "1000.00"'),
        ("value = 1200", "value = 99999999999999", "value must be 0.01 to 9999999999.99 yuan"),
        ("value = 1200", 'value = "0.00"', "value must be 0.01 to 9999999999.99 yuan, not 0.00"),
        ("value = 1200", 'value = "NaN"', 'value must be an amount in quotes such as "1000.00"'),
        ("value = 1200", 'value = "1e3"', 'value must be an amount in quotes such as "1000.00"'),
        ("value = 10", "value = 0", "value must be a whole number of 1 or more, not 0"),
        ("value = 10", "value = 10.5", "value must be a whole number, not 10.5"),
        ("value = 10", "value = 101", "value must be a whole number of 1 to 100, not 101"),
        (
            'rules."subsidy.cap_years"',
            'rules."subsidy.cap_year"',
            "the portal asks for no rule called 'subsidy.cap_year'; perhaps 'subsidy.cap_years' is meant",
        ),
        ("from = 2024-07-01", "from = 0001-07-01", "from must be a day of the years 1900 to 2199"),
        ("from = 2024-07-01", "from = 2024-02-30", "not TOML: Invalid date"),
        ('unit = "yuan"', 'unit = "years"', "subsidy.per_year must be in yuan, not in years"),
        (
            'rules."subsidy.cap_years"',
            'rules."account.interest_rate"',
            "account.interest_rate must be in rate, not in years",
        ),
        ("from = 2024-07-01", 'from = "2024-07-01"', "from must be a day such as 2020-03-01"),
        (
            "from = 2024-07-01",
            "from = 2024-07-01\nuntil = 2024-06-30",
            "ends on 2024-06-30, before it begins",
        ),
        ("from = 2024-07-01", "from = 2024-07-01\nuntil = 2026-01-01", "would have two values on 2026-01-01"),
        ('id = "QS-2"', 'id = "QS-1"', "QS-1 stands here a second time"),
        ('id = "years_left"', 'id = "identity_confirmed"', "identity_confirmed stands here a second time"),
        ('unit = "yuan"', 'unit = "dollars"', "unit 'dollars' is not known; it must be one of yuan, "),
        ('allowed = ["confirmed"]', "", "give exactly one of allowed, below and at_least"),
        ("[[conditions.reimbursement]]", "[[conditions.refund]]", "there is no claim kind 'refund'"),
        (
            'clause = "3"\nquote = "每年补助1200元"',
            'clause = "30"\nquote = "每年补助1200元"',
            "has no clause '30'",
        ),
        (
            'document = "qingshan-2024"\nclause = "2"\nquote = "由',
            'clause = "2"\nquote = "由',
            "the field 'document' is missing",
        ),
    ],
)
def test_check_names_what_is_wrong_with_rules(kb, old, new, told):
    mend(kb / PACK / "rules.toml", old, new)

    result = run("check", "--kb", kb)

    assert result.exit_code == 1
    assert told in result.output


def test_a_file_from_another_editor_is_read_all_the_same(kb):
    for path in (kb / PACK / "region.toml", kb / PACK / "rules.toml", kb / "documents" / "qingshan-2024.md"):
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))

    assert run("check", "--kb", kb).exit_code == 0


@pytest.mark.parametrize(
    ("file", "content", "told"),
    [
        (f"{PACK}/rules.toml", None, "rules.toml:1: the file is missing"),
        (f"{PACK}/region.toml", None, "region.toml:1: the file is missing"),
        (f"{PACK}/rules.toml", "单位".encode("gb18030"), "rules.toml:1: the file is not UTF-8 text"),
        (f"{PACK}/rules.toml", b"x = 1\nx = 2\n", "rules.toml:2: not TOML: Cannot overwrite a value"),
        (
            f"{PACK}/cases.toml",
            CASE % b'formula = "my_share"\ngiven = { total = "1.005" }',
            "cases.toml:7: total must be an amount in quotes",
        ),
        (
            f"{PACK}/cases.toml",
            CASE % b'formula = "decide"\ngiven = { table = "entitlement", scheme = "nobody" }',
            "cases.toml:7: the question for 'scheme' has no choice 'nobody'",
        ),
        (f"{PACK}/cases.toml", b"[[cases]]\n" * 2, "cases.toml:2: the field 'id' is missing"),
        (
            "documents/qingshan-2024.md",
            "青山".encode("gb18030"),
            "qingshan-2024.md:1: the file is not UTF-8 text",
        ),
    ],
)
def test_a_file_that_cannot_be_read_is_named_without_a_flood_of_what_follows_from_it(kb, file, content, told):
    (kb / file).unlink()
    if content is not None:
        (kb / file).write_bytes(content)

    result = run("check", "--kb", kb)

    assert isinstance(result.exception, SystemExit)
    assert result.exit_code == 1
    assert told in result.output
    assert "no [[rules]] is called" not in result.output


def test_a_folder_in_the_place_of_a_file_is_named(kb):
    (kb / PACK / "rules.toml").unlink()
    (kb / PACK / "rules.toml").mkdir()

    assert "rules.toml:1: the file cannot be read" in run("check", "--kb", kb).output


def test_a_pack_that_was_copied_is_named_by_its_id(kb):
    shutil.copytree(kb / PACK, kb / "regions" / "qingshan2")

    answer = run("check", "--kb", kb)

    assert "qingshan2/region.toml:3: another pack already has the id 'qingshan'" in answer.output


def test_new_makes_a_folder_in_which_everything_to_fill_in_is_named(kb):
    made = run("new", "lushui", "--document", "lushui-2026", "--kb", kb)
    result = run("check", "--kb", kb)

    assert made.exit_code == 0, made.output
    assert {path.name for path in (kb / "regions" / "lushui").iterdir()} == {
        "region.toml",
        "rules.toml",
        "cases.toml",
        "movements.toml",
    }
    assert result.exit_code == 1
    assert "lushui/region.toml:6: name is still empty" in result.output
    assert "documents/lushui-2026.md:3: title is still empty" in result.output
    assert "jinning" not in result.output


def test_new_never_overwrites_and_takes_no_odd_name(kb):
    before = (kb / PACK / "region.toml").read_bytes()

    assert "is there already" in run("new", "qingshan", "--kb", kb).output
    assert run("new", "../evil", "--kb", kb).exit_code == 1
    assert (kb / PACK / "region.toml").read_bytes() == before


def test_new_keeps_a_text_that_is_there_already(kb):
    run("new", "lushui", "--document", "qingshan-2024", "--kb", kb)

    assert "青山县被征地农民缴费补助暂行办法" in (kb / "documents" / "qingshan-2024.md").read_text(
        encoding="utf-8"
    )


def test_a_folder_that_is_no_knowledge_base_is_told_and_left_as_it_was(tmp_path):
    result = run("new", "qingshan", "--kb", tmp_path)

    assert result.exit_code == 1
    assert "nothing was made" in result.output
    assert list(tmp_path.iterdir()) == []


def test_a_region_that_could_not_be_made_whole_does_not_stand_in_the_way_of_the_next_try(kb):
    broken_off = run("new", "bishan", "--document", "no-folder/bishan-2026", "--kb", kb)
    again = run("new", "bishan", "--kb", kb)

    assert broken_off.exit_code == 1
    assert "nothing was made" in broken_off.output
    assert again.exit_code == 0, again.output
