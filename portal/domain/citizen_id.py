"""The 18-digit citizen number (公民身份号码, GB 11643-1999)."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Self

from portal.domain.errors import Refusal

LENGTH = 18
EARLIEST_BIRTH_YEAR = 1900
DEMO_PROVINCE = "99"
"""A province code that GB/T 2260 never assigned.

Permanent residents from abroad have numbers that begin with 9 too, followed by the province; no
province is numbered 90 to 99, so no living person can have a number that begins like this.
"""

_CHECK_DIGITS = "10X98765432"
_WELL_FORMED = re.compile(r"[0-9]{17}[0-9X]")
# Separators people type, and marks that copying out of a chat leaves behind.
_IGNORED = dict.fromkeys(
    map(ord, " \t\r\n-_.·\u2010\u2011\u2012\u2013\u2014\u2212\u200b\u200e\u200f\u202a\u202c\ufeff")
)
_LONGEST_READ = 100


class CitizenIdUnsound(Refusal):
    """The text cannot be a citizen number; the subclass says which part is wrong."""

    code: ClassVar[str] = "citizen_id_unsound"


class CitizenIdLengthWrong(CitizenIdUnsound):
    """Not 18 characters; ``facts["length"]`` is how many there are (15 is the number of before 1999)."""

    code = "citizen_id_length_wrong"


class CitizenIdCharacterWrong(CitizenIdUnsound):
    """A character that is no digit; ``facts["position"]`` counts from 1. Only place 18 may hold X."""

    code = "citizen_id_character_wrong"


class CitizenIdBirthDateWrong(CitizenIdUnsound):
    """Characters 7 to 14 are no day of the calendar since 1900."""

    code = "citizen_id_birth_date_wrong"


class CitizenIdCheckDigitWrong(CitizenIdUnsound):
    """The last character does not agree with the others: most often one digit was mistyped."""

    code = "citizen_id_check_digit_wrong"


@dataclass(frozen=True, slots=True, repr=False)
class CitizenId:
    """A citizen number that is well formed, dated and agrees with its check digit.

    Printing, formatting or logging one shows the mask; whoever needs it whole says ``digits``.
    """

    digits: str

    def __post_init__(self) -> None:
        if not _WELL_FORMED.fullmatch(self.digits):
            raise _what_is_malformed(self.digits)
        if not _is_birth_date(self.digits[6:14]):
            raise CitizenIdBirthDateWrong
        if check_digit(self.digits[:17]) != self.digits[17]:
            raise CitizenIdCheckDigitWrong

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what a person typed or a cell holds.

        Spaces, dashes and invisible marks are dropped, full-width characters narrowed, ``x`` is ``X``.
        Raises a ``CitizenIdUnsound`` that names the wrong part and never repeats the number.
        """
        if len(text) > _LONGEST_READ:
            raise CitizenIdLengthWrong(length=len(text))
        if not _WELL_FORMED.fullmatch(text):
            text = unicodedata.normalize("NFKC", text).translate(_IGNORED).upper()
        return cls(text)

    @property
    def area(self) -> str:
        """The six-digit code of the county where the number was first issued (GB/T 2260)."""
        return self.digits[:6]

    @property
    def birth_date(self) -> date:
        """The day of birth that decides every age ("年龄以居民身份证的出生日期为准")."""
        return date.fromisoformat(self.digits[6:14])

    @property
    def birth_year(self) -> int:
        """The year of birth."""
        return int(self.digits[6:10])

    @property
    def masked(self) -> str:
        """Province and prefecture only, ``5301**************``.

        Whoever knows the birth year, sex and village still faces every day of the year times 500
        sequence numbers, over 180,000 valid numbers. The check digit alone would divide that by
        eleven and the month by twelve, so neither the tail nor the date is ever shown.
        """
        return self.digits[:4] + "*" * (LENGTH - 4)

    @property
    def is_demo(self) -> bool:
        """Whether the number is made up: its area code was never assigned."""
        return self.digits.startswith(DEMO_PROVINCE)

    def __repr__(self) -> str:
        return f"CitizenId({self.masked!r})"

    def __str__(self) -> str:
        return self.masked


def check_digit(body: str) -> str:
    """Return the 18th character that belongs to 17 digits (GB 11643, ISO 7064 MOD 11-2)."""
    # The standard weighs each digit by a power of two modulo 11, and 13 is two modulo 11.
    return _CHECK_DIGITS[int(body, base=13) * 2 % 11]


def demo_area(position: int) -> str:
    """Return the made-up county code of an installation's region by its position: 0 is ``990101``.

    Raises ``ValueError`` beyond the 99 codes there are.
    """
    if not 0 <= position < 99:
        raise ValueError(f"there are demo areas 0 to 98, not {position}")
    return f"{DEMO_PROVINCE}{position + 1:02}01"


def demo_citizen_number(area: str, birth_date: date, sequence: int) -> CitizenId:
    """Return the valid number of a made-up person; an odd ``sequence`` (0 to 999) is male.

    Raises ``ValueError`` for an area where real people could be registered.
    """
    if not (area.startswith(DEMO_PROVINCE) and len(area) == 6):
        raise ValueError(f"{area!r} may belong to real people")
    if not 0 <= sequence <= 999:
        raise ValueError(f"a sequence number has three digits, not {sequence}")
    body = f"{area}{birth_date:%Y%m%d}{sequence:03}"
    return CitizenId(body + check_digit(body))


def _what_is_malformed(text: str) -> CitizenIdUnsound:
    if len(text) != LENGTH:
        return CitizenIdLengthWrong(length=len(text))
    position = next((place for place, sign in enumerate(text[:17], 1) if sign not in "0123456789"), LENGTH)
    return CitizenIdCharacterWrong(position=position)


def _is_birth_date(eight_digits: str) -> bool:
    try:
        born = date.fromisoformat(eight_digits)
    except ValueError:
        return False
    return born.year >= EARLIEST_BIRTH_YEAR
