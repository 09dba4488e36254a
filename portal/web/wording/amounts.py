"""How amounts and days are written."""

from datetime import date, datetime
from decimal import Decimal

from flask_babel import format_date

from portal.services.work import CHINA
from portal.web.i18n import choose_locale


def yuan(amount: Decimal) -> str:
    """An amount with its fen and grouped thousands: ``1,000.00``."""
    return f"{amount:,.2f}"


def spoken_yuan(amount: Decimal) -> str:
    """An amount as one says it, without fen where there are none: ``1000``, in English ``1,000``."""
    digits = f"{amount:,.0f}" if amount == amount.to_integral_value() else f"{amount:,.2f}"
    return digits if choose_locale() == "en" else digits.replace(",", "")


def signed_yuan(amount: Decimal) -> str:
    """An amount with a full-width sign: ``＋1,000.00``."""
    return f"{'－' if amount < 0 else '＋'}{abs(amount):,.2f}"


def day(value: date | datetime) -> str:
    """A day as the reader writes it: 2026年10月12日, or 12 October 2026."""
    if isinstance(value, datetime):
        value = value.astimezone(CHINA).date()
    if choose_locale() == "en":
        return str(format_date(value, "d MMMM y"))
    return f"{value.year}年{value.month}月{value.day}日"


def moment(value: datetime) -> str:
    """A day with the time of day, as the clock in China shows it."""
    return f"{day(value)} {clock(value)}"


def clock(value: datetime) -> str:
    """The time of day, as the clock in China shows it: ``15:40``."""
    return f"{value.astimezone(CHINA):%H:%M}"
