"""Photographed papers in words: what one is called and what became of it."""

from flask_babel import gettext

from portal.domain.receipts import ReceiptState
from portal.services.claims import ClaimCourse
from portal.services.drafts import Answered
from portal.web.place import say
from portal.web.wording.claims import refusals_of


def paper_name(opened: Answered | ClaimCourse, material: str) -> str:
    """What a paper is called."""
    for each in opened.offer.materials:
        if each.id == material:
            return say(each.name)
    return gettext("照片或者纸")


def paper_state(state: ReceiptState, *, is_over: bool = False) -> str:
    """What became of a paper; when the claim is over, nobody is going to look at it any more."""
    return {
        ReceiptState.RECEIVED: gettext("收到了") if is_over else gettext("收到了，还没看"),
        ReceiptState.ACCEPTED: gettext("看过了，能用"),
        ReceiptState.TO_REPLACE: gettext("要换一张"),
        ReceiptState.REPLACED: gettext("已经换掉了"),
    }[state]


def paper_reason(region: str, code: str) -> str:
    """Why a paper has to come again, as the region words it."""
    for reason, refusal in refusals_of(region).items():
        if str(reason) == code:
            return say(refusal.words)
    return code
