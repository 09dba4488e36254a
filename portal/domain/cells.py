"""What one cell of an office's sheet may say: text in, a sound value or a refusal out.

Offices keep these sheets by hand, so width, spaces, separators and the several ways to write a day are
forgiven; what would have to be guessed is not.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import ClassVar, TypeVar

from portal.domain.citizen_id import CitizenId
from portal.domain.errors import Refusal

Value = TypeVar("Value")

_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]00:00(?::00)?)?")
_EIGHT_DIGITS = re.compile(r"(\d{4})(\d{2})(\d{2})")
_SERIAL = re.compile(r"[2-7]\d{4}")
_SERIAL_START = date(1899, 12, 30)  # day 0 of a workbook's count, which holds from March 1900 on
_EARLIEST_YEAR, _LATEST_YEAR = 1900, 2100

_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?E\+?\d+", re.IGNORECASE)
_BETWEEN_DIGITS = re.compile(r"[\s-]+")
_MOBILE = re.compile(r"(?:\+?86)?(1[3-9]\d{9})")
_ACCOUNT = re.compile(r"\d{8,30}")
_INSURANCE_NO = re.compile(r"[0-9A-Z]{4,30}")
_AREA = re.compile(r"\d{1,9}(?:\.\d{1,4}0*)?")
_COUNT = re.compile(r"(\d{1,9})(?:\.0+)?")
_SPACE = re.compile(r"\s+")
_NAME_DOTS = re.compile(r"[•‧∙・·．.]")
_NOT_IN_A_NAME = re.compile(r"[\d<>{}=@#$%^*|\\/]")
_HAN_ONLY = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff\s]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")


class CellEmpty(Refusal):
    """Nothing stands where something must."""

    code: ClassVar[str] = "cell_empty"


class TextTooLong(Refusal):
    """More than ``facts["limit"]`` characters."""

    code = "text_too_long"


class TextUnclean(Refusal):
    """Control characters, which no person typed."""

    code = "text_unclean"


class NameUnsound(Refusal):
    """A person's name with digits or signs in it."""

    code = "name_unsound"


class NotAChoice(Refusal):
    """None of the words in ``facts["choices"]``."""

    code = "not_a_choice"


class DateNotUnderstood(Refusal):
    """Not written as 2020-06-11, 2020/6/11, 2020年6月11日 or 20200611, or no day of the calendar."""

    code = "date_not_understood"


class DateInTheFuture(Refusal):
    """A day after the one on which the sheet is read."""

    code = "date_in_the_future"


class CountNotUnderstood(Refusal):
    """No whole number from ``facts["least"]`` to ``facts["most"]``."""

    code = "count_not_understood"


class AreaNotUnderstood(Refusal):
    """No area in mu of zero or more, with at most four decimal places."""

    code = "area_not_understood"


class PhoneUnsound(Refusal):
    """No mobile number of the mainland, which is where codes are sent."""

    code = "phone_unsound"


class AccountUnsound(Refusal):
    """No account or card number of 8 to 30 digits."""

    code = "account_unsound"


class InsuranceNoUnsound(Refusal):
    """No insurance number of 4 to 30 letters and digits."""

    code = "insurance_no_unsound"


class DigitsLost(Refusal):
    """The spreadsheet kept a long number as a quantity (4.4E+17) and its last digits are gone."""

    code = "digits_lost"


def read_words(limit: int) -> Callable[[str], str]:
    """Make a reader of plain text of at most ``limit`` characters, its white space tidied."""

    def read(text: str) -> str:
        if _CONTROL.search(text):
            raise TextUnclean
        tidy = _SPACE.sub(" ", text).strip()
        if len(tidy) > limit:
            raise TextTooLong(limit=limit)
        return tidy

    return read


_read_name_words = read_words(50)


def read_person_name(text: str) -> str:
    """Read a name; the space that sets out two characters like three (张　三) is not part of it."""
    name = _read_name_words(unicodedata.normalize("NFKC", text))
    if _HAN_ONLY.fullmatch(name):
        return name.replace(" ", "")
    name = _NAME_DOTS.sub("·", name)
    if _NOT_IN_A_NAME.search(name):
        raise NameUnsound
    return name


def read_citizen_id(text: str) -> CitizenId:
    """Read a citizen number; the refusals of `CitizenId.parse` say which part of it is wrong."""
    _check_digits_kept(text)
    return CitizenId.parse(text)


def read_phone(text: str) -> str:
    """Read a mainland mobile number as its eleven digits."""
    matched = _MOBILE.fullmatch(_digits(text))
    if matched is None:
        raise PhoneUnsound
    return matched[1]


def read_account(text: str) -> str:
    """Read a bank account or social security card number as its digits."""
    digits = _digits(text)
    if not _ACCOUNT.fullmatch(digits):
        raise AccountUnsound
    return digits


def read_insurance_no(text: str) -> str:
    """Read an insurance number as its letters and digits, letters in capitals."""
    number = _digits(text).upper()
    if not _INSURANCE_NO.fullmatch(number):
        raise InsuranceNoUnsound
    return number


def read_date(text: str) -> date:
    """Read a day in any of the ways people and spreadsheets write one, Excel's day count included."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if _SERIAL.fullmatch(plain):
        return _SERIAL_START + timedelta(days=int(plain))
    matched = _DAY.fullmatch(plain) or _EIGHT_DIGITS.fullmatch(plain)
    if matched is None:
        raise DateNotUnderstood
    year, month, day = map(int, matched.groups())
    if not _EARLIEST_YEAR <= year <= _LATEST_YEAR:
        raise DateNotUnderstood
    try:
        return date(year, month, day)
    except ValueError as error:
        raise DateNotUnderstood from error


def read_count(least: int, most: int) -> Callable[[str], int]:
    """Make a reader of whole numbers from ``least`` to ``most``."""

    def read(text: str) -> int:
        matched = _COUNT.fullmatch(unicodedata.normalize("NFKC", text).strip())
        if matched is None or not least <= int(matched[1]) <= most:
            raise CountNotUnderstood(least=least, most=most)
        return int(matched[1])

    return read


def read_area(text: str) -> Decimal:
    """Read an area in mu, exact to four decimal places."""
    plain = unicodedata.normalize("NFKC", text).strip().removesuffix("亩").strip()
    if not (plain.isascii() and _AREA.fullmatch(plain)):
        raise AreaNotUnderstood
    return Decimal(plain)


def read_choice(words: Mapping[str, Value]) -> Callable[[str], Value]:
    """Make a reader of a closed list: each word that may be written, with what it means."""

    def read(text: str) -> Value:
        try:
            return words[_SPACE.sub("", unicodedata.normalize("NFKC", text)).lower()]
        except KeyError as error:
            raise NotAChoice(choices=tuple(words)) from error

    return read


def _digits(text: str) -> str:
    if text.isascii() and text.isdigit():
        return text
    _check_digits_kept(text)
    return _BETWEEN_DIGITS.sub("", unicodedata.normalize("NFKC", text))


def _check_digits_kept(text: str) -> None:
    if _SCIENTIFIC.fullmatch(text):
        raise DigitsLost
