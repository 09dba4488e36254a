"""Sums in the characters that a printed statement uses, in which no stroke can be added to change them."""

from portal.domain.money import GREATEST, ZERO, Yuan, to_fen

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿")
_GROUP = 10_000


def spell_yuan(amount: Yuan) -> str:
    """Write an amount in capital characters: 7071.36 is 人民币柒仟零柒拾壹元叁角陆分 (支付结算办法 附一).

    Raises ``ValueError`` for an amount below zero or above ``GREATEST``.
    """
    if not ZERO <= amount <= GREATEST:
        raise ValueError("only an amount from zero to the greatest one is spelled out")
    yuan, rest = divmod(to_fen(amount), 100)
    jiao, fen = divmod(rest, 10)
    spelt = f"{_spell_whole(yuan)}元" if yuan else ""
    if jiao:
        spelt += f"{_DIGITS[jiao]}角"
    elif yuan and fen:
        spelt += "零"
    if fen:
        spelt += f"{_DIGITS[fen]}分"
    return f"人民币{spelt or '零元'}{'' if fen else '整'}"


def _spell_whole(number: int) -> str:
    """Four digits at a time; one 零 stands for any run of zeros between two others."""
    groups: list[int] = []
    while number:
        number, group = divmod(number, _GROUP)
        groups.append(group)
    spelt = ""
    for place in reversed(range(len(groups))):
        group = groups[place]
        if not group:
            continue
        is_gap = bool(spelt) and (group < _GROUP // 10 or groups[place + 1] == 0)
        spelt += ("零" if is_gap else "") + _spell_group(group) + _GROUPS[place]
    return spelt


def _spell_group(number: int) -> str:
    digits = f"{number:04}".lstrip("0")
    spelt = ""
    for place, digit in zip(reversed(range(len(digits))), digits, strict=True):
        if digit != "0":
            gap = "零" if spelt and digits[len(digits) - place - 2] == "0" else ""
            spelt += gap + _DIGITS[int(digit)] + _PLACES[place]
    return spelt
