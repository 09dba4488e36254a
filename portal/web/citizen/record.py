"""My record: where I stand, what is in the account, and how each figure was worked out."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from portal.domain.ledger.accounts import Kind
from portal.services import records
from portal.web import wording
from portal.web.access import Access, open_to
from portal.web.reopened_pages import render_to_reopen, reopen
from portal.web.wording import ledger as ledger_words
from portal.web.wording import records as words
from portal.web.work import reading

pages = Blueprint("record", __name__, url_prefix="/record")

SHOWN_FIRST = 4


@pages.get("/")
@open_to(Access.CITIZEN)
def show() -> ResponseReturnValue:
    """One sentence of where I stand, one next step, and everything that proves it."""
    with reading() as work:
        stamp = records.read_stamp(work)
        opened = reopen(stamp)
        if opened is not None:
            return opened
        record = records.show_record(work)
    own = [line for line in record.lines if line.kind == Kind.PERSONAL_ACCOUNT]
    return render_to_reopen(
        stamp,
        template="citizen/record/show.html",
        record=record,
        words=words,
        ledger_words=ledger_words,
        notice_words=wording.text,
        newest=own[:SHOWN_FIRST],
        has_more=len(own) > SHOWN_FIRST,
    )


@pages.get("/account")
@open_to(Access.CITIZEN)
def show_account() -> ResponseReturnValue:
    """Every entry of my account and special ledger, with the balance after each."""
    with reading() as work:
        record = records.show_record(work)
    return render_template("citizen/record/account.html", record=record, ledger_words=ledger_words)
