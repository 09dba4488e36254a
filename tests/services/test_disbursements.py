"""Payment files to the bank and its answers back: once, to the fen, or not at all."""

import csv
import io
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select, update

from portal.domain.claim_kinds import ClaimKind
from portal.domain.claims import ActNotOpen, ClaimAct, ClaimState, MoneySent, NoSuchPayee, Step
from portal.domain.disclosure import SealedField
from portal.domain.ledger.accounts import Account, Kind, Source
from portal.domain.ledger.entries import Entry, Posting
from portal.domain.payments import (
    NoSuchPaymentFile,
    NotPayable,
    PayeeChanged,
    PayeeHeld,
    PaymentUnderWay,
    ReturnDoesNotReconcile,
    ReturnedBefore,
    ReturnHeadersWrong,
    ReturnUnreadable,
)
from portal.domain.review import ConditionsNotMet, SamePersonTwice
from portal.domain.staff import Role
from portal.services import (
    claims,
    disbursements,
    dossiers,
    draft_payees,
    drafts,
    filing,
    ledger,
    people,
    reviews,
)
from portal.services.draft_payees import NewAccount
from portal.services.work import SYSTEM, Actor, ActorKind, House, Work, begin_work
from portal.storage import claim_payees as stored_payees
from portal.storage import claims as stored_claims
from portal.storage import held_changes as stored_changes
from portal.storage import ledger as stored_ledger
from portal.storage.claims import Claim
from portal.storage.database import Database
from portal.storage.ledger import MAIN_BOOK, Book
from portal.storage.models.citizens import PersonRecord
from portal.storage.models.claims import PaymentRecord
from portal.storage.models.messages import NoticeRecord
from portal.storage.payments import PaymentFile
from tests.builders import NOW, citizen_actor, make_house, make_person, make_receipt, make_staff
from tests.services.cut_off import cut_off_everywhere

THOUSAND = Decimal("1000.00")
ACCOUNT = "6228480000000006210"


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:
    house = make_house(database, tmp_path, matcher=None)
    fill_fund(house, Decimal("100000.00"))
    return house


@pytest.fixture
def cashier(house: House) -> Actor:
    return make_staff(house, Role.CASHIER)


def do(house: House, actor: Actor, act: Callable[[Work], object]) -> object:
    with begin_work(house, actor, lambda _: NOW) as work:
        return act(work)


def fill_fund(house: House, amount: Decimal) -> None:
    entry = Entry(
        "fund",
        NOW.date(),
        "fund_receipt",
        (Posting(Account(Kind.SPECIAL_FUND), amount), Posting(Account(Kind.IDLE_FUND), -amount)),
    )
    do(house, SYSTEM, lambda work: ledger.post(work, entry, region="jinning"))


def approved(house: House, short_of: Role | None = None, **person: object) -> int:
    """A claim that waits to be paid, or one that is still ``short_of`` an approver."""
    person_id = make_person(house, account=ACCOUNT, **person)
    answers = {"year": 2026, "months": 12, "payee": "own"}
    filed = do(
        house,
        citizen_actor(person_id),
        lambda work: filing.file_claim(
            work, person_id, ClaimKind.REIMBURSEMENT, answers, {"contribution_receipt"}
        ),
    )
    assert isinstance(filed, Claim)
    make_receipt(house, person_id=person_id, claim_id=filed.id)
    for role, more in (
        (Role.FIRST_REVIEWER, {"keyed": THOUSAND, "confirmed": ["own_account"]}),
        (Role.SECOND_REVIEWER, {}),
        (Role.APPROVER, {}),
    ):
        if role is short_of:
            break
        do(
            house,
            make_staff(house, role),
            lambda work, more=more: reviews.decide_claim(work, filed.id, ClaimAct.PASS, **more),
        )
    return filed.id


def make_file(house: House, cashier: Actor, *claim_ids: int) -> PaymentFile:
    made = do(house, cashier, lambda work: disbursements.make_file(work, claim_ids))
    assert isinstance(made, PaymentFile)
    return made


def answer(file: PaymentFile, *outcomes: str, amount: str = "1000.00") -> bytes:
    """What the bank sends back: for each line paid, or why not."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["业务编号", "金额", "处理结果", "失败原因"])
    for position, outcome in enumerate(outcomes, 1):
        result = ("成功", "") if outcome == "paid" else ("失败", outcome)
        writer.writerow([f"{file.number}-{position:04}", amount, *result])
    return text.getvalue().encode("gb18030")


def take_in(house: House, cashier: Actor, file: PaymentFile, content: bytes) -> object:
    return do(house, cashier, lambda work: disbursements.take_in_return(work, file.id, content))


def claim_of(house: House, claim_id: int) -> Claim:
    with house.database.reading() as session:
        return stored_claims.get_claim(session, claim_id)


def whose(house: House, claim_id: int, step: Step) -> int:
    """Who took a step."""
    with house.database.reading() as session:
        handlers = stored_claims.list_handlers(session, claim_id)
    return next(person for person, taken in handlers.items() if taken is step)


def fund(house: House) -> dict[str, Decimal]:
    with house.database.reading() as session:
        balances = stored_ledger.read_balances(session, Book("jinning", MAIN_BOOK))
    sums: Counter[str] = Counter()
    for account, amount in balances.items():
        sums[account.kind.value] += amount
    return dict(sums)


def test_a_file_is_made_paid_and_posted_to_the_fen(house: House, cashier: Actor):
    one, two = approved(house), approved(house)

    file = make_file(house, cashier, one, two)
    assert (file.lines, file.total) == (2, Decimal("2000.00"))
    assert fund(house)["payable"] == Decimal("2000.00")
    assert take_in(house, cashier, file, answer(file, "paid", "paid")) is True

    assert {claim_of(house, claim_id).state for claim_id in (one, two)} == {ClaimState.PAID}
    assert fund(house) == {"special_fund": Decimal("98000.00"), "idle_fund": Decimal("98000.00")}
    with house.database.reading() as session:
        years = stored_claims.list_subsidy_years(session, claim_of(house, one).person_id)
        told = session.scalars(select(NoticeRecord.wording).where(NoticeRecord.claim_id == one)).all()
    assert years == {2026}
    assert told[-2:] == ["claim_disbursing", "claim_paid"]


def test_a_claim_is_sent_once(house: House, cashier: Actor):
    claim_id = approved(house)
    make_file(house, cashier, claim_id)

    with pytest.raises(NotPayable):
        make_file(house, cashier, claim_id)


def test_the_file_holds_whole_accounts_and_the_database_only_their_ends(house: House, cashier: Actor):
    file = make_file(house, cashier, approved(house))

    taken = do(house, cashier, lambda work: b"".join(disbursements.take_out_csv(work, file.id)[1]))
    assert isinstance(taken, bytes)

    header, line = csv.reader(io.StringIO(taken.decode("utf-8-sig")))
    assert header == ["序号", "业务编号", "收款人名称", "收款账号", "开户银行", "金额", "附言"]
    assert line[3] == ACCOUNT
    with house.database.reading() as session:
        assert session.scalars(select(PaymentRecord.account_tail)).all() == ["6210"]


def test_a_workbook_holds_the_same_lines(house: House, cashier: Actor):
    file = make_file(house, cashier, approved(house))

    taken = do(house, cashier, lambda work: disbursements.take_out_xlsx(work, file.id)[1])

    assert isinstance(taken, bytes)
    assert taken.startswith(b"PK")


def test_an_account_changed_after_the_file_was_made_keeps_it_from_going_out(house: House, cashier: Actor):
    file = make_file(house, cashier, approved(house))
    with house.database.writing() as session:
        session.execute(update(PersonRecord).values(account_tail="1118"))

    with pytest.raises(PayeeChanged):
        do(house, cashier, lambda work: disbursements.take_out_csv(work, file.id))


def test_an_account_is_not_changed_while_the_bank_pays_into_it(house: House, cashier: Actor):
    claim_id = approved(house)
    file = make_file(house, cashier, claim_id)
    person_id = claim_of(house, claim_id).person_id
    clerk, other = make_staff(house, Role.CLERK), make_staff(house, Role.CLERK)
    do(
        house,
        clerk,
        lambda work: people.propose_change(
            work, person_id, SealedField.ACCOUNT, "6228480000000000077", "农行"
        ),
    )
    with house.database.reading() as session:
        (change,) = stored_changes.list_waiting_for(session, person_id)

    def accept(work: Work) -> object:
        return people.decide_held_change(work, change.id, accepted=True)

    with pytest.raises(PaymentUnderWay):
        do(house, other, accept)
    take_in(house, cashier, file, answer(file, "账户已销户"))
    do(house, other, accept)

    with house.database.reading() as session:
        assert session.get_one(PersonRecord, person_id).account_tail == "0077"


def test_a_failed_payment_goes_back_to_the_payee_and_can_be_sent_again(house: House, cashier: Actor):
    claim_id = approved(house)
    file = make_file(house, cashier, claim_id)

    take_in(house, cashier, file, answer(file, "户名不符"))

    claim = claim_of(house, claim_id)
    assert claim.state is ClaimState.PAYMENT_FAILED
    assert "payable" not in fund(house)
    with house.database.reading() as session:
        assert stored_claims.list_events(session, claim_id)[-1].facts["reason"] == "name_differs"

    do(house, citizen_actor(claim.person_id), lambda work: claims.fix_payee(work, claim.number))
    again = make_file(house, cashier, claim_id)
    take_in(house, cashier, again, answer(again, "paid"))
    assert claim_of(house, claim_id).state is ClaimState.PAID
    assert fund(house)["special_fund"] == Decimal("99000.00")


def test_the_same_answer_twice_changes_nothing_and_another_is_refused(house: House, cashier: Actor):
    file = make_file(house, cashier, approved(house))
    content = answer(file, "paid")
    take_in(house, cashier, file, content)
    before = fund(house)

    assert take_in(house, cashier, file, content) is False
    with pytest.raises(ReturnedBefore):
        take_in(house, cashier, file, answer(file, "销户"))
    assert fund(house) == before


@pytest.mark.parametrize(
    ("outcomes", "amount"),
    [(("paid",), "1000.00"), (("paid", "paid", "paid"), "1000.00"), (("paid", "paid"), "1000.01")],
    ids=["a line is missing", "a line too many", "a fen too much"],
)
def test_an_answer_that_does_not_reconcile_is_refused_whole(
    house: House, cashier: Actor, outcomes: tuple[str, ...], amount: str
):
    claim_ids = [approved(house), approved(house)]
    file = make_file(house, cashier, *claim_ids)

    with pytest.raises(ReturnDoesNotReconcile):
        take_in(house, cashier, file, answer(file, *outcomes, amount=amount))

    assert {claim_of(house, claim_id).state for claim_id in claim_ids} == {ClaimState.DISBURSING}


def test_lines_that_cannot_be_read_are_named(house: House, cashier: Actor):
    file = make_file(house, cashier, approved(house))

    with pytest.raises(ReturnUnreadable) as refused:
        take_in(house, cashier, file, answer(file, "paid", amount="一千"))

    assert refused.value.facts["rows"] == [2]


def headed(file: PaymentFile, *headers: str) -> bytes:
    row = [f"{file.number}-0001", "1000.00", "失败", "账户已销户", "", ""][: len(headers)]
    return f"{','.join(headers)}\n{','.join(row)}\n".encode()


def test_the_usual_words_of_other_banks_are_understood(house: House, cashier: Actor):
    claim_id = approved(house)
    file = make_file(house, cashier, claim_id)

    take_in(house, cashier, file, headed(file, "业务编号", "金额（元）", "结果", "原因"))

    with house.database.reading() as session:
        event = stored_claims.list_events(session, claim_id)[-1]
    assert (event.act, event.facts["reason"]) == (ClaimAct.REFUSE_PAYMENT, "account_closed")


WRONG_HEADERS = {
    ("流水号", "金额", "处理结果", "失败原因"): {"missing": ["业务编号"], "twice": [], "unknown": ["流水号"]},
    ("业务编号", "金额", "处理结果", "失败的缘由"): {
        "missing": ["失败原因"],
        "twice": [],
        "unknown": ["失败的缘由"],
    },
    ("业务编号", "金额", "处理结果", "原因", "失败原因"): {
        "missing": [],
        "twice": ["失败原因"],
        "unknown": [],
    },
    ("业务编号", "6228480000000000011", "处理结果"): {"missing": ["金额"], "twice": [], "unknown": []},
}


def test_headers_that_are_wrong_are_named_and_nothing_is_taken(house: House, cashier: Actor):
    claim_id = approved(house)
    file = make_file(house, cashier, claim_id)

    for headers, facts in WRONG_HEADERS.items():
        with pytest.raises(ReturnHeadersWrong) as refused:
            take_in(house, cashier, file, headed(file, *headers))
        assert refused.value.facts == facts
    assert claim_of(house, claim_id).state is ClaimState.DISBURSING


def test_a_cashier_who_reviewed_a_claim_does_not_pay_it(house: House):
    claim_id = approved(house)
    approver = whose(house, claim_id, Step.APPROVAL)
    same = make_staff(house, Role.CASHIER, staff_person_id=approver)

    with pytest.raises(NotPayable) as refused:
        make_file(house, same, claim_id)

    assert isinstance(refused.value.facts["cause"], SamePersonTwice)


def test_whoever_reviewed_a_claim_does_not_take_in_the_answer_to_its_payment(house: House, cashier: Actor):
    claim_id = approved(house)
    file = make_file(house, cashier, claim_id)
    reviewer = whose(house, claim_id, Step.FIRST_REVIEW)
    same = make_staff(house, Role.CASHIER, staff_person_id=reviewer)

    with pytest.raises(NotPayable):
        take_in(house, same, file, answer(file, "paid"))
    assert claim_of(house, claim_id).state is ClaimState.DISBURSING


def test_guards_run_again_before_money_moves(house: House, cashier: Actor):
    dead, held, sound = approved(house), approved(house), approved(house)
    with house.database.writing() as session:
        for claim_id, change in (
            (dead, {"died_on": NOW.date()}),
            (held, {"payee_held_until": NOW + timedelta(days=1)}),
        ):
            person_id = stored_claims.get_claim(session, claim_id).person_id
            session.execute(update(PersonRecord).where(PersonRecord.id == person_id).values(**change))

    listed = do(house, cashier, disbursements.list_payable)
    assert isinstance(listed, list)
    hindrances = {each.claim.id: type(each.hindrance) for each in listed}
    assert hindrances == {dead: ConditionsNotMet, held: PayeeHeld, sound: type(None)}
    with pytest.raises(NotPayable):
        make_file(house, cashier, sound, dead)
    assert claim_of(house, sound).state is ClaimState.APPROVED


def test_approval_disbursement_and_the_banks_answer_cut_off_at_any_statement_leave_nothing(
    house: House, cashier: Actor
):
    claim_id = approved(house, short_of=Role.APPROVER)
    approver = make_staff(house, Role.APPROVER)

    def approve(work: Work) -> object:
        return reviews.decide_claim(work, claim_id, ClaimAct.PASS)

    def send(work: Work) -> object:
        return disbursements.make_file(work, [claim_id])

    def take_in_answer(work: Work) -> object:
        (file,) = disbursements.list_files(work)
        return disbursements.take_in_return(work, file.id, answer(file, "paid"))

    for actor, act in ((approver, approve), (cashier, send), (cashier, take_in_answer)):
        assert cut_off_everywhere(house, lambda actor=actor, act=act: do(house, actor, act)) > 10

    assert claim_of(house, claim_id).state is ClaimState.PAID


def test_an_empty_fund_pays_nothing(database: Database, tmp_path: Path):
    house = make_house(database, tmp_path, matcher=None)
    claim_id = approved(house)

    with pytest.raises(NotPayable):
        make_file(house, make_staff(house, Role.CASHIER), claim_id)
    assert claim_of(house, claim_id).state is ClaimState.APPROVED


def test_a_file_of_another_region_does_not_exist(house: House, cashier: Actor):
    file = make_file(house, cashier, approved(house))
    stranger = make_staff(house, Role.CASHIER, region="linyi")

    for act in (disbursements.open_file, disbursements.take_out_csv):
        with pytest.raises(NoSuchPaymentFile):
            do(house, stranger, lambda work, act=act: act(work, file.id))


# -- Heirs --------------------------------------------------------------------------------------------------

ONE_OFF = ClaimKind.ONE_OFF_PAYMENT


def fill_special_ledger(house: House, person_id: int, amount: Decimal) -> None:
    own = Account(Kind.SPECIAL_LEDGER, person_id, Source.LAND_LEVY, "B1")
    levy = Account(Kind.LAND_BATCH, None, Source.LAND_LEVY, "B1")
    for movement, into, out_of in (
        ("levy_deposit", Account(Kind.TRANSITION_ACCOUNT), levy),
        ("special_ledger_opening", levy, own),
    ):
        entry = Entry(movement, NOW.date(), movement, (Posting(into, amount), Posting(out_of, -amount)))
        do(house, SYSTEM, lambda work, entry=entry: ledger.post(work, entry, region="guangdong"))


def pass_on(house: House, claim_id: int, *roles: Role) -> None:
    """Let people with these roles pass a claim, confirming and keying whatever they are asked for."""
    for role in roles:
        with begin_work(house, make_staff(house, role, region="guangdong"), lambda _: NOW) as work:
            dossier = dossiers.read_dossier(work, claim_id)
            keyed = THOUSAND if dossier.asks_amount else None
            confirmed = [each.id for each in dossier.unconfirmed]
            reviews.decide_claim(work, claim_id, ClaimAct.PASS, keyed=keyed, confirmed=confirmed)


def heirs_claim(house: House) -> tuple[Claim, Actor]:
    """An approved claim of two heirs, and who may act on it."""
    person_id = make_person(house, region="guangdong", died_on=NOW.date(), account=ACCOUNT)
    fill_special_ledger(house, person_id, THOUSAND)
    papers = {material.id for material in house.packs.get("guangdong").claims[ONE_OFF].materials}
    opener = make_staff(house, region="guangdong")
    opened = do(house, opener, lambda work: filing.open_claim(work, person_id, ONE_OFF))
    assert isinstance(opened, Claim)
    heir = Actor(ActorKind.CLAIMANT, region="guangdong", claim_id=opened.id)
    with begin_work(house, heir, lambda _: NOW) as work:
        draft_id = drafts.mend_claim(work, opened.number)
        drafts.answer(work, draft_id, "claimant", "heir")
        for name in ("王一", "王二"):
            draft_payees.add_heir(work, draft_id, "heirs", NewAccount(name, ACCOUNT, "农业银行"))
        stored_payees.move_to_claim(work.session, draft_id, opened.id)
        drafts.drop_draft(work, draft_id)
        filing.resubmit_claim(work, opened.id, {"claimant": "heir", "heirs": 2}, papers)
    pass_on(house, opened.id, Role.FIRST_REVIEWER, Role.SECOND_REVIEWER, Role.APPROVER)
    return claim_of(house, opened.id), heir


def test_an_heir_whom_the_bank_could_not_pay_gives_another_account_that_is_approved_anew(house: House):
    claim, heir = heirs_claim(house)
    cashier = make_staff(house, Role.CASHIER, region="guangdong")
    file = make_file(house, cashier, claim.id)
    take_in(house, cashier, file, answer(file, "paid", "账户已销户", amount="500.00"))
    with house.database.reading() as session:
        paid, unpaid = stored_payees.list_of_claim(session, claim.id)

    def give(payee_id: int) -> object:
        return do(
            house,
            heir,
            lambda work: claims.change_account(
                work, claim.number, payee_id, account="6228480000000000077", bank_name="工商银行"
            ),
        )

    with pytest.raises(NoSuchPayee):
        give(paid.id)
    give(unpaid.id)

    assert claim_of(house, claim.id).state is ClaimState.REVIEWED_TWICE
    for act in (
        lambda work: claims.cancel_claim(work, claim.number),
        lambda work: claims.change_account(work, claim.number, unpaid.id, account="1" * 19, bank_name="x"),
    ):
        with pytest.raises((MoneySent, ActNotOpen)):
            do(house, heir, act)
    pass_on(house, claim.id, Role.APPROVER)
    again = make_file(house, cashier, claim.id)
    assert (again.lines, again.total) == (1, Decimal("500.00"))
    line = do(house, cashier, lambda work: b"".join(disbursements.take_out_csv(work, again.id)[1]))
    assert isinstance(line, bytes)
    assert "王二,6228480000000000077,工商银行,500.00" in line.decode("utf-8-sig")
    take_in(house, cashier, again, answer(again, "paid", amount="500.00"))
    assert claim_of(house, claim.id).state is ClaimState.PAID
