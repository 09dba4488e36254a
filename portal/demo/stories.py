"""Claims of the demo in every state, each brought there by the people whose acts it takes."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from portal.demo.receipts import draw_receipt
from portal.domain.claim_forms import Asks
from portal.domain.claim_kinds import VOICES, ClaimKind, Reason
from portal.domain.claims import FOUR_STEPS, ClaimAct, Step
from portal.domain.decisions import Outcome
from portal.domain.money import ZERO
from portal.domain.review import ROLE_FOR
from portal.domain.staff import Role
from portal.services import (
    claims,
    disbursements,
    dossiers,
    draft_access,
    draft_payees,
    drafts,
    ratings,
    receipts,
    reviews,
)
from portal.services.claims import steps_of
from portal.services.draft_payees import NewAccount
from portal.services.work import Actor, ActorKind, House, Work, begin_work
from portal.spreadsheets.writing import write_csv
from portal.storage.claims import Claim
from portal.storage.payments import PaymentFile

FILED, RETURNED = "filed", "returned"
_ORDER = (FILED, *FOUR_STEPS, RETURNED)


@dataclass(frozen=True)
class Story:
    """A claim of a persona: filed so many days ago, passed at so many steps, and how it ended, if it did."""

    region: str
    name: str
    kind: ClaimKind
    days_ago: int
    passes: int = 0
    ends: ClaimAct | None = None
    answers: Mapping[str, Any] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()
    words: str = ""
    is_draft: bool = False
    account: NewAccount | None = None
    score: int | None = None


def list_stories(year: int) -> list[Story]:
    """Every claim that the demo tells, the oldest first."""

    def reimbursement(name: str, days_ago: int, **how: Any) -> Story:
        answers = {"year": year, "months": 12, "payee": "own"}
        return Story("jinning", name, ClaimKind.REIMBURSEMENT, days_ago, **{"answers": answers, **how})

    told = [
        reimbursement("王有福", 2),
        reimbursement("陈秀英", 6, passes=1),
        reimbursement("赵启明", 26, passes=2),
        reimbursement("杨丽仙", 11, passes=3),
        reimbursement("李国强", 16, passes=3, ends=ClaimAct.SEND),
        reimbursement("周美兰", 20, passes=3, ends=ClaimAct.REFUSE_PAYMENT),
        reimbursement("张桂英", 30, passes=3, ends=ClaimAct.PAY, score=3),
        reimbursement(
            "吴建平",
            8,
            ends=ClaimAct.RETURN,
            reasons=(Reason.RECEIPT_UNREADABLE,),
            words="收据右下角看不清，请放平再拍一张。",
        ),
        reimbursement(
            "徐玉珍",
            13,
            passes=1,
            ends=ClaimAct.REJECT,
            reasons=(Reason.RECEIPT_NAME_MISMATCH,),
            words="收据上是别人的名字。换成您自己的，可以再交。",
        ),
        reimbursement("孙德贵", 9, ends=ClaimAct.CANCEL),
        reimbursement("胡凤英", 1, answers={"months": 12}, is_draft=True),
        Story(
            "jinning",
            "韩兰",
            ClaimKind.OBJECTION,
            40,
            3,
            words="对过两年的账，少记的一年补上了。",
            answers={"about": "years", "what": "有一年的补助没有记上。"},
        ),
        Story(
            "jinning",
            "梁春梅",
            ClaimKind.SCHEME_WITHDRAWAL,
            5,
            1,
            answers={"why": "draws_employee_pension", "payee": "own"},
        ),
        Story(
            "jinning",
            "秦玉芳",
            ClaimKind.SCHEME_WITHDRAWAL,
            35,
            3,
            ClaimAct.PAY,
            answers={"why": "pays_employee_pension", "payee": "own"},
        ),
        Story(
            "jinning",
            "谢军",
            ClaimKind.IDENTITY_CONFIRMATION,
            3,
            answers={"land": "村东头两块地，2024年修路占了。"},
        ),
        Story(
            "linyi",
            "曾小燕",
            ClaimKind.TRANSFER,
            4,
            answers={"destination": "other_pooling_area", "where": "江苏省徐州市"},
        ),
        Story(
            "linyi", "彭有田", ClaimKind.CHANGE, 7, 1, answers={"field": "household", "what": "户主改成我。"}
        ),
        Story(
            "hedong",
            "曹玉兰",
            ClaimKind.OBJECTION,
            1,
            answers={"about": "registration", "what": "方案里我家少算了一个人。"},
        ),
        Story(
            "taizhou",
            "卢海平",
            ClaimKind.MEMBER_CHOICE,
            5,
            1,
            answers={"member": "卢海平", "member_born_on": "1981-06-13"},
        ),
        Story("taizhou", "蔡金花", ClaimKind.WAIVER, 12, 3, answers={"waiver_read": "read"}),
        Story("taizhou", "叶美珠", ClaimKind.GOOD_REASON, 3, answers={"what": "那几个月一直住院。"}),
        *(
            Story(
                "guangdong",
                name,
                ClaimKind.SPECIAL_LEDGER_OPTION,
                days_ago,
                3,
                answers={"default_read": "read", "ledger_option": "chosen"},
            )
            for name, days_ago in (("余国华", 47), ("潘丽娟", 45))
        ),
        Story(
            "guangdong",
            "潘丽娟",
            ClaimKind.LEDGER_REIMBURSEMENT,
            6,
            1,
            answers={"own_contribution": "5760.00", "payee": "own"},
        ),
        Story(
            "guangdong",
            "戴秀琼",
            ClaimKind.OTHER_BANK_ACCOUNT,
            4,
            answers={"card": "impossible", "what": "卡消磁了，补卡要两个月。"},
            account=NewAccount("戴秀琼", "6228480000000000777", "邮政储蓄银行"),
        ),
    ]
    return sorted(told, key=lambda story: -story.days_ago)


class Stage:
    """Plays a story: the villager files, and different people at the desk do their part."""

    def __init__(self, house: House, now: datetime, desk: Mapping[tuple[str, Role], Actor]) -> None:
        self._house = house
        self._now = now
        self._desk = desk

    def play(self, story: Story, person_id: int, number: int) -> None:
        """Play one story of a person; ``number`` tells its receipts from all others."""
        villager = Actor(ActorKind.CITIZEN, region=story.region, person_id=person_id)
        with self._at(story, FILED, villager) as work:
            draft_id = drafts.begin_draft(work, story.kind)
            asked = drafts.show_draft(work, draft_id).questions
        papers = [
            (
                question.name,
                receipts.keep_receipt(self._house, person_id, draw_receipt(number, self._now.year)),
            )
            for question in asked
            if question.asks is Asks.PHOTOS and question.required and not story.is_draft
        ]
        with self._at(story, FILED, villager) as work:
            for question in asked:
                if question.name in story.answers:
                    drafts.answer(work, draft_id, question.name, story.answers[question.name])
            if story.account is not None:
                draft_payees.answer_with_account(work, draft_id, "account", story.account)
            for material, kept in papers:
                receipts.add_receipt(work, draft_access.lock_draft(work, draft_id), material, kept)
            claim = None if story.is_draft else drafts.hand_in(work, draft_id)
        if claim is not None:
            for step in steps_of(story.kind)[: story.passes]:
                self._decide(story, claim.id, step, ClaimAct.PASS)
            self._end(story, claim, villager)

    def _end(self, story: Story, claim: Claim, villager: Actor) -> None:
        match story.ends:
            case ClaimAct.RETURN | ClaimAct.REJECT:
                self._decide(story, claim.id, steps_of(story.kind)[story.passes], story.ends)
            case ClaimAct.CANCEL:
                with self._at(story, Step.FIRST_REVIEW, villager) as work:
                    claims.cancel_claim(work, claim.number)
            case ClaimAct.SEND:
                self._send(story, claim)
            case ClaimAct.PAY | ClaimAct.REFUSE_PAYMENT:
                self._return(story, self._send(story, claim))
        if story.score is not None:
            with self._at(story, RETURNED, villager) as work:
                ratings.rate_claim(work, claim.number, story.score, None)

    def _decide(self, story: Story, claim_id: int, step: Step, verdict: ClaimAct) -> None:
        with self._at(story, step, self._desk[story.region, ROLE_FOR[step]]) as work:
            dossier = dossiers.open_claim(work, claim_id)
            passes = verdict is ClaimAct.PASS
            is_finding = story.kind in VOICES and step is Step.FIRST_REVIEW
            unknown = {each.id for each in dossier.conditions if each.outcome is Outcome.UNKNOWN}
            # Where no rule gives an amount, all that the person holds is paid back.
            held = sum((account.yuan for account in dossier.held), ZERO)
            amount = held if dossier.worked_out is None else dossier.worked_out.yuan
            reviews.decide_claim(
                work,
                claim_id,
                verdict,
                reasons=story.reasons if not passes else (),
                words=story.words if verdict is story.ends or is_finding else "",
                keyed=amount if passes and dossier.asks_amount else None,
                confirmed=unknown if passes and step is Step.FIRST_REVIEW else (),
                replace={each.id: story.reasons[0] for each in dossier.receipts}
                if verdict is ClaimAct.RETURN
                else {},
            )

    def _send(self, story: Story, claim: Claim) -> PaymentFile:
        with self._at(story, Step.DISBURSEMENT, self._desk[story.region, Role.CASHIER]) as work:
            return disbursements.make_file(work, [claim.id])

    def _return(self, story: Story, file: PaymentFile) -> None:
        """Let the bank answer a file of one payment."""
        layout = self._house.packs.bank_layouts[story.region]
        is_paid = story.ends is ClaimAct.PAY
        headers = (layout.reference, layout.amount, layout.outcome, layout.reason)
        outcome = min(layout.paid if is_paid else layout.failed)
        reason = None if is_paid else next(iter(layout.reasons))
        answer = b"".join(write_csv(headers, [(f"{file.number}-0001", file.total, outcome, reason)]))
        with self._at(story, RETURNED, self._desk[story.region, Role.CASHIER]) as work:
            disbursements.take_in_return(work, file.id, answer)

    def _at(self, story: Story, what: str, actor: Actor) -> AbstractContextManager[Work]:
        """Work of somebody on the story's day; each step comes a little later than the one before."""
        after = timedelta(hours=3 * _ORDER.index(what))
        return begin_work(self._house, actor, lambda _: self._now - timedelta(days=story.days_ago) + after)
