"""Whole numbers from outside, such as a row's in an address: none is too large for a database."""

from werkzeug.routing import IntegerConverter, ValidationError

LARGEST = 2**53 - 1
"""No row gets there, and a page's worth times this is still a number to a database."""


def read_number(text: str) -> int:
    """A whole number; raises ``ValueError`` for what is none, or is out of all bounds."""
    number = int(text)
    if abs(number) > LARGEST:
        raise ValueError
    return number


def read_year(text: str) -> int:
    """A year; raises ``ValueError`` for what has not four digits, which a database may not hold as a year."""
    number = read_number(text)
    if not 1000 <= number <= 9999:
        raise ValueError
    return number


class NumberConverter(IntegerConverter):
    """``<int:…>`` in an address; one that no row can have leads nowhere."""

    def to_python(self, value: str) -> int:
        """The number; raises ``ValidationError``, and so the page is not there."""
        try:
            return read_number(value)
        except ValueError as error:
            raise ValidationError from error
