from pathlib import Path

import pytest

from portal.content.folding import Folding
from portal.content.sound import Hearing

FOLDING = Folding.load(Path("kb"))
KNOWN = [
    "每年补贴多少钱",
    "补贴什么时候发",
    "养老金什么时候发",
    "身份确认谁负责",
    "社会保障金",
    "过渡户的用途",
    "专户",
]


@pytest.fixture(scope="module")
def hearing() -> Hearing:
    return Hearing.learn(FOLDING, KNOWN * 5)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("butieshenmeshihoufa", "补贴什么时候发"),
        ("bu tie shen me shi hou fa", "补贴什么时候发"),
        ("ylj什么时候发", "养老金什么时候发"),
        ("身分却认谁负责", "身份确认谁负责"),
        ("社会保账金", "社会保障金"),
        ("过度户的用图", "过渡户的用途"),
        ("zhuanhu", "专户"),
    ],
)
def test_what_sounds_like_a_known_phrase_becomes_it(hearing, typed, meant):
    assert hearing.correct(typed) == meant


@pytest.mark.parametrize("known", KNOWN)
def test_known_phrases_stay_as_they_are(hearing, known):
    assert hearing.correct(known) == known


@pytest.mark.parametrize("strange", ["", " ", "x", "qwrtpsdfgh", "hello world", "1234", "每年 补贴"])
def test_strange_text_is_taken(hearing, strange):
    assert isinstance(hearing.correct(strange), str)


def test_southern_sounds_are_told_together():
    hearing = Hearing.learn(FOLDING, ["参保登记"] * 5)

    assert hearing.correct("参保灯记") == "参保登记"
    assert hearing.correct("参保den记") in {"参保登记", "参保den记"}
