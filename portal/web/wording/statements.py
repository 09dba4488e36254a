"""What a printed statement calls things."""

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext

from portal.services.statements import PrintedYear

_PLACES: Mapping[str, Callable[[], str]] = {
    "reimbursement": lambda: gettext("本人银行卡"),
    "reimbursement_paid": lambda: gettext("本人银行卡"),
}


def place_of(printed: PrintedYear) -> str:
    """Where a year's subsidy went."""
    place = _PLACES.get(printed.movement)
    return gettext("居民养老账户") if place is None else place()


ACTS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "statement_printed": lambda _: gettext("打印了对账单"),
}
