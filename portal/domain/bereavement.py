"""Whether somebody speaks of a death, so that they are met with sympathy first."""

import re

# 气死了 and 说死了 are no deaths; neither is 走了 by itself, which is mostly a way to go.
_DEATH = re.compile(
    r"过世|去世|离世|逝世|病逝|病故|身故|亡故|死亡|断气|咽气|归西|仙逝|寿终"
    r"|(?<![气急累饿笑吵烦吓冻热说定卡锁愁想怕要])死(?:了|后|掉)"
    r"|(?:爸|妈|爹|娘|爷|奶|公|婆|父|母|亲|伴|哥|弟|姐|妹|叔|伯|夫|妻|儿|女|家|人|他|她)(?:都|已经|早就|刚)?(?:不在|走|没|老)了"
)


def speaks_of_a_death(plain: str) -> bool:
    """Whether a question, in simplified script, says that somebody has died."""
    return _DEATH.search(plain) is not None
