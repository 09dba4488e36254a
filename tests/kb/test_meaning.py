import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.content.meaning import Meaning

KB = Path("kb")


@pytest.fixture(scope="module")
def meaning() -> Meaning:
    return Meaning.load(KB)


@pytest.mark.parametrize(
    ("said", "near", "far"),
    [
        ("工资什么时候发", "薪水几号到账", "社保卡丢了怎么办"),
        ("医院看病报销", "药费住院", "银行开户合同"),
        ("老人去世", "爷爷死亡", "学校考试"),
    ],
)
def test_words_that_mean_the_same_lie_nearer_than_words_that_do_not(meaning, said, near, far):
    question, alike, other = meaning.read_all([said, near, far])

    assert question @ alike > question @ other


@settings(deadline=None)
@given(st.text(alphabet="补贴多少钱一年 去世x1", max_size=30))
def test_a_vector_has_unit_length_or_is_zero(text):
    length = float(np.linalg.norm(Meaning.load(KB).read(text)))

    assert length == 0 or abs(length - 1) < 1e-5


def test_a_text_of_unknown_grams_means_nothing(meaning):
    assert not meaning.read("ﷺ ☂").any()
    assert meaning.read_all([]).shape == (0, meaning.width)


def test_without_a_table_no_gram_has_a_meaning(tmp_path):
    assert not Meaning.load(tmp_path).read("补贴").any()


def test_a_table_whose_halves_do_not_fit_is_refused(tmp_path):
    shutil.copytree(KB / "meaning", tmp_path / "meaning")
    with (tmp_path / "meaning" / "grams.txt").open("a", encoding="utf-8") as grams:
        grams.write("多出来的\n")

    with pytest.raises(ValueError, match="grams cannot have"):
        Meaning.load(tmp_path)


def test_the_table_stays_small_enough_for_every_worker():
    assert sum(file.stat().st_size for file in (KB / "meaning").iterdir()) < 3_000_000
