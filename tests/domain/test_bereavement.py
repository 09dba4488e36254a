import pytest

from portal.domain.bereavement import speaks_of_a_death


@pytest.mark.parametrize(
    "said",
    [
        "我爸过世了，他账上的钱咋领",
        "老伴去年病故",
        "人死了钱归谁",
        "我妈不在了",
        "俺爹走了",
        "参保人死亡后怎么办",
    ],
)
def test_a_death_is_heard_in_plain_words(said: str):
    assert speaks_of_a_death(said)


@pytest.mark.parametrize(
    "said",
    ["气死了，办不下来", "话说死了不给改", "一年补多少钱", "收据找不到了", "钱没了", "我从窗口走了出来"],
)
def test_what_only_sounds_like_a_death_is_none(said: str):
    assert not speaks_of_a_death(said)
