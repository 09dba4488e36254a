from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.content.documents import Documents
from portal.content.folding import Folding

KB = Path("kb")


@pytest.fixture(scope="module")
def folding() -> Folding:
    return Folding.load(KB)


@pytest.mark.parametrize(
    ("said", "folded"),
    [
        ("每年补助多少钱？", "每年补贴多少钱"),
        ("每年補助多少錢？", "每年补贴多少钱"),
        ("每年补助几多钱", "每年补贴多少钱"),
        ("田着征掉咯", "地着征掉了"),
        ("俺去农保局", "我去居保局"),
        ("国土局", "自然资源局"),
        ("失地农民", "被征地农民"),
        ("我想问一下，补贴", "补贴"),
        ("１５年", "15年"),
        ("<b>补贴</b>", "补贴"),
    ],
)
def test_spoken_old_and_traditional_words_become_the_unified_ones(folding, said, folded):
    assert folding.fold(said) == folded


@pytest.mark.parametrize(
    ("said", "folded"),
    [
        ("十五年", "15年"),
        ("一千块", "1000块"),
        ("一万五", "15000"),
        ("两千三", "2300"),
        ("一百零五元", "105元"),
    ],
)
def test_chinese_figures_become_digits(folding, said, folded):
    assert folding.fold(said) == folded


def test_some_ten_thousands_are_no_figure(folding):
    assert "万" in folding.fold("几万块")


@pytest.mark.parametrize("said", ["整个", "管委会", "月底", "差额", "存款", "什么", "外地", "金融机构"])
def test_words_that_hold_a_shorter_variant_stay_whole(folding, said):
    assert folding.fold(said) == said


def test_a_mere_greeting_is_not_folded_away(folding):
    assert folding.fold("你好！") == "你好"


def test_the_guangdong_text_folds_without_a_traditional_letter_left(folding):
    text = "".join(clause.text for clause in Documents.load(KB / "documents").get("guangdong-2025").clauses)

    assert not {char for char in folding.to_plain(text) if char in folding.script}


def test_a_unified_character_is_never_folded_further(folding):
    assert not set(folding.script.values()) & set(folding.script)


def test_every_unified_character_has_a_reading(folding):
    assert not {char for char in folding.script.values() if char not in folding.readings}


def test_characters_of_one_sound_sound_alike(folding):
    assert folding.sound("补助") == folding.sound("补住") == ["bu", "zhu"]


@given(st.text(max_size=60))
def test_folding_takes_any_text(folding, text):
    assert folding.fold(text) == folding.fold(text).strip()
