"""The ledger as a Beancount file, so that an auditor can check it with a program that is not ours."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import TextIO

from portal.domain.ledger.accounts import Account, Side
from portal.domain.ledger.entries import EARLIEST, Entry
from portal.domain.money import ZERO, Yuan

_CURRENCY = "CNY"
_ROOTS = {Side.DEBIT: "Assets", Side.CREDIT: "Liabilities"}
_NOT_IN_NAMES = re.compile("[^A-Za-z0-9\u4e00-\u9fff]")


def write_beancount(
    entries: Iterable[Entry], balances: Mapping[Account, Yuan], as_of: date, out: TextIO
) -> None:
    """Write every entry, oldest first, and what each account holds at the end of ``as_of``.

    ``balances`` are natural ones and are taken from where the pages take them, so that ``bean-check``
    proves both: that the entries balance and that they come to the figures we show. Written as it is
    read; only the names of accounts are kept in memory.
    """
    out.write(f'option "title" "Yitian"\noption "operating_currency" "{_CURRENCY}"\n\n')
    opened: set[Account] = set()
    for entry in entries:
        for account in (posting.account for posting in entry.postings):
            if account not in opened:
                opened.add(account)
                out.write(f"{EARLIEST} open {beancount_name(account)} {_CURRENCY}\n")
        out.writelines(_entry_lines(entry))
    # Beancount compares a balance at the start of its day, and would else overlook a single fen.
    day = as_of + timedelta(days=1)
    for account in sorted(opened | balances.keys(), key=beancount_name):
        held = balances.get(account, ZERO) * account.kind.side.value + ZERO
        out.write(f"{day} balance {beancount_name(account)} {held:.2f} ~ 0.00 {_CURRENCY}\n")


def beancount_name(account: Account) -> str:
    """Return the account's name there: places are assets, what is owned by others are liabilities.

    ``Liabilities:PersonalAccount:P4711:Interest``; no two accounts share a name.
    """
    parts = [_ROOTS[account.kind.side], _capitalised(account.kind)]
    if account.person is not None:
        parts.append(f"P{account.person}")
    if account.source is not None:
        parts.append(_capitalised(account.source))
    if account.batch is not None:
        parts.append("B" + _NOT_IN_NAMES.sub(lambda sign: f"-{ord(sign[0]):X}-", account.batch))
    return ":".join(parts)


def _entry_lines(entry: Entry) -> Iterator[str]:
    yield f'\n{entry.on} * "{entry.movement}"\n'
    known = {
        "key": entry.key,
        "reverses": entry.reverses,
        "contribution-year": entry.contribution_year,
        "claim": entry.claim_id,
        "facts": entry.facts_text if entry.facts else None,
    }
    for name, value in known.items():
        if value is not None:
            # Beancount reads the escapes of JSON's strings that we can produce: \" and \\.
            yield f"  {name}: {json.dumps(str(value), ensure_ascii=False)}\n"
    for posting in entry.postings:
        yield f"  {beancount_name(posting.account)} {posting.amount:.2f} {_CURRENCY}\n"


def _capitalised(code: str) -> str:
    return "".join(word.capitalize() for word in code.split("_"))
