from datetime import date
from decimal import Decimal

import pytest

from portal.content.toml import Table, Text

SOURCE = '''\
title = "one"
long = """
[not a header]
key = "inside a text"
"""
list = [
    "a", # [b]
    "c]",
]

[rules."a.b"]
unit = "yuan"
[[rules."a.b".values]]
from = 2020-03-01
[[rules."a.b".values]]
from = "later"
price = "12.50"

[plain]
name = "名"
name_en = "name"
inline = { deep = "x" }
'''


@pytest.fixture
def read(tmp_path):
    problems = []

    def read(source=SOURCE):
        path = tmp_path / "file.toml"
        path.write_text(source, encoding="utf-8")
        return Table.read(path, problems), problems

    return read


def places(problems):
    return [(problem.line, problem.message) for problem in sorted(problems)]


def test_fields_are_read_by_kind(read):
    table, problems = read()
    values = table.table("rules").table("a.b").tables("values")

    assert table.text("title") == "one"
    assert table.texts("list") == ("a", "c]")
    assert values[0].day("from") == date(2020, 3, 1)
    assert values[1].yuan("price") == Decimal("12.50")
    assert table.table("plain").words("name") == Text("名", "name")
    assert table.table("plain").words_if_any("note") is None
    assert (table.flag("none"), table.texts("none"), table.text_if_any("none")) == (False, (), "")
    assert problems == []


def test_a_problem_is_told_with_the_line_of_its_field_even_after_long_values(read):
    table, problems = read()
    values = table.table("rules").table("a.b").tables("values")

    values[1].day("from")
    values[0].text("quote")
    table.table("plain").table("inline").whole("deep")
    table.whole("title")
    plain = table.table("plain")
    plain.table("inline")
    plain.close()

    assert places(problems) == [
        (1, "title must be a whole number, not 'one'"),
        (13, "the field 'quote' is missing; it must be text in quotes"),
        (16, "from must be a day such as 2020-03-01, not 'later'"),
        (20, "nobody knows the field 'name'"),
        (21, "nobody knows the field 'name_en'"),
        (22, "deep must be a whole number, not 'x'"),
    ]


@pytest.mark.parametrize(
    ("source", "line", "told"),
    [
        ('a = "1"\nb = \n', 2, "not TOML"),
        ('a = "1"\na = "2"\n', 2, "not TOML"),
        ('a = "1"\n[[a]]\n', 2, "not TOML"),
    ],
)
def test_what_is_no_toml_is_told_once_with_its_line(read, source, line, told):
    table, problems = read(source)

    table.text("missing")

    assert [problem.line for problem in problems] == [line]
    assert told in problems[0].message


def test_a_missing_file_and_a_file_in_another_encoding_are_told_once(tmp_path):
    problems = []
    (tmp_path / "gbk.toml").write_bytes('name = "晋宁"'.encode("gb18030"))

    for name in ("none.toml", "gbk.toml"):
        Table.read(tmp_path / name, problems).text("name")

    assert [problem.message for problem in problems] == ["the file is missing", "the file is not UTF-8 text"]


@pytest.mark.parametrize(
    ("field", "read_as", "told"),
    [
        ("a = true", "whole", "a must be a whole number, not True"),
        ("a = 1", "flag", "a must be true or false, not 1"),
        ("a = 1.5", "text", "a must be text in quotes, not 1.5"),
        ('a = ""', "text", "a is still empty; it must be text in quotes"),
        ("a = [1]", "texts", 'a must be a list of texts, ["…", "…"]'),
        ("a = 1", "tables", "a must be a list of tables, [[a]], not 1"),
        ("a = [1]", "tables", "a must be a list of tables, [[a]]"),
        ("a = 2020-03-01T00:00:00", "day", "a must be a day such as 2020-03-01, not 2020-03-01T00:00:00"),
        ('a = "12.345"', "yuan", 'a must be an amount in quotes such as "1000.00", not'),
        ('a = "-1"', "yuan", 'a must be an amount in quotes such as "1000.00", not'),
    ],
)
def test_a_value_of_the_wrong_kind_says_what_it_must_be(read, field, read_as, told):
    table, problems = read(field)

    getattr(table, read_as)("a")

    assert told in problems[0].message
