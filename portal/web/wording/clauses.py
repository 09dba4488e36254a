"""How a clause is called: ``5.4.2`` is 五（四）2, ``art11.3`` is 第十一条（三）."""

from flask_babel import gettext

from portal.web.i18n import choose_locale, reader_text

_DIGITS = "零一二三四五六七八九"


def chinese_number(number: int) -> str:
    """A number below one hundred in Chinese characters: 11 is 十一."""
    tens, ones = divmod(number, 10)
    if tens == 0:
        return _DIGITS[ones]
    return ("" if tens == 1 else _DIGITS[tens]) + "十" + (_DIGITS[ones] if ones else "")


def clause_place(clause_id: str) -> str:
    """Where a clause stands in its document, in the reader's words."""
    if clause_id == "0":
        return gettext("开头")
    if clause_id == "end":
        return gettext("结尾")
    if choose_locale() == "en":
        return _in_english(clause_id)
    if clause_id.startswith("ch"):
        return reader_text(f"第{chinese_number(int(clause_id[2:]))}章")
    if clause_id.startswith("art"):
        article, _, paragraph = clause_id[3:].partition(".")
        place = f"第{chinese_number(int(article))}条"
        return reader_text(place + (f"（{chinese_number(int(paragraph))}）" if paragraph else ""))
    first, *rest = (int(part) for part in clause_id.split("."))
    place = chinese_number(first)
    if rest:
        place += f"（{chinese_number(rest[0])}）"
    if len(rest) > 1:
        place += str(rest[1])
    return place


def _in_english(clause_id: str) -> str:
    if clause_id.startswith("ch"):
        return f"Chapter {clause_id[2:]}"
    if clause_id.startswith("art"):
        article, _, paragraph = clause_id[3:].partition(".")
        return f"Art. {article}" + (f"({paragraph})" if paragraph else "")
    return f"Section {clause_id}"
