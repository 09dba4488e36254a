from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from portal.content.movements import load_ledger_rules
from portal.content.packs import load_packs
from portal.content.problems import BrokenContent
from portal.domain.ledger.accounts import Account, Kind, Side, Source
from portal.domain.ledger.entries import Entry, Posting
from portal.domain.ledger.movements import AccountNotEmptied, AccountOverdrawn, Standing
from portal.domain.money import FEN, ZERO
from tests.domain.ledger_regime import balances

KB = Path(__file__).parents[2] / "kb"
PACKS = load_packs(KB)
DOCUMENTS = PACKS.documents
RULES = load_ledger_rules(KB / "regions", DOCUMENTS, {region.id: region.within for region in PACKS})

BATCH = Account(Kind.LAND_BATCH, source=Source.LAND_LEVY, batch="A")
PERSON = Account(Kind.PERSONAL_ACCOUNT, 1, Source.GOV_SUBSIDY)


def write(folder: Path, text: str) -> Path:
    (folder / "sixth").mkdir()
    (folder / "sixth" / "movements.toml").write_text(text, encoding="utf-8")
    return folder


def movements():
    return [
        (region, movement) for region, rules in RULES.items() for movement in rules.regime.movements.values()
    ]


def test_every_region_has_its_list_and_hedong_has_linyi_s_too():
    assert all(rules.regime.movements for rules in RULES.values())
    assert set(RULES["linyi"].regime.movements) < set(RULES["hedong"].regime.movements)
    assert "levy_deposit" not in RULES["linyi"].regime.movements


def test_every_movement_rests_on_a_clause_or_names_the_rule_from_outside():
    for region, movement in movements():
        assert (movement.because is None) == bool(movement.outside), f"{region}: {movement.name}"


def test_every_movement_has_a_name_in_both_languages():
    for region, movement in movements():
        name = RULES[region].movement_names[movement.name]
        assert name.zh != name.en


def test_guangdong_s_subjects_are_those_of_article_12():
    # guangdong-2025#art12: two of income, five of expense.
    used = {movement.subject for movement in RULES["guangdong"].regime.movements.values()} - {None}

    assert used == set(RULES["guangdong"].subject_names)
    assert len([subject for subject in used if subject.endswith("_income")]) == 2
    assert len([subject for subject in used if subject.endswith("_expense")]) == 5


def test_every_movement_of_guangdong_s_transition_account_has_a_subject():
    # guangdong-2025#art6: the transition account has no other income and no other expense.
    for movement in RULES["guangdong"].regime.movements.values():
        touches = any(pattern.kind is Kind.TRANSITION_ACCOUNT for pattern in movement.debit | movement.credit)
        assert touches == (movement.subject is not None), movement.name


def test_no_movement_anywhere_takes_money_from_a_person_for_a_batch():
    for region, movement in movements():
        from_person = any(pattern.kind is Kind.PERSONAL_ACCOUNT for pattern in movement.debit)
        to_batch = any(pattern.kind is Kind.LAND_BATCH for pattern in movement.credit)
        assert not (from_person and to_batch), f"{region}: {movement.name}"


def test_hedong_s_subsidy_goes_whole_from_the_batch_into_the_account():
    # hedong-2019#2.2: 全部不折不扣地落实到被征地农民个人账户.
    land_subsidy = RULES["hedong"].regime.get("land_subsidy")

    assert land_subsidy.allows(BATCH, FEN)
    assert land_subsidy.allows(PERSON, -FEN)
    assert not land_subsidy.allows(Account(Kind.IDLE_FUND), -FEN)


def test_a_region_without_a_list_allows_nothing(tmp_path):
    rules = load_ledger_rules(tmp_path, DOCUMENTS, {"sixth": ""})

    assert rules["sixth"].regime.movements == {}


def test_everything_wrong_is_told_at_once_with_its_line(tmp_path):
    folder = write(
        tmp_path,
        """[movements.gift]
name = "赠送"
name_en = "Gift"
debit = ["cash"]
credit = []
subject = "presents"
document = "jinning-2020"
clause = "5.4.2"
quote = "每年2000元的缴费补助"
colour = "red"
""",
    )

    with pytest.raises(BrokenContent) as broken:
        load_ledger_rules(folder, DOCUMENTS, {"sixth": ""})

    told = {(problem.line, problem.message.split()[0]) for problem in broken.value.problems}
    assert {line for line, _ in told} == {4, 5, 6, 9, 10}


def test_the_rules_of_one_region_leave_another_alone():
    assert "ledger_reimbursement" not in RULES["jinning"].regime.movements
    assert "reimbursement" not in RULES["guangdong"].regime.movements


# What happens in each region, from its first money to the person's account


class Book:
    """A region's book in memory."""

    def __init__(self, region: str) -> None:
        self.regime = RULES[region].regime
        self.postings: list[Posting] = []

    def post(self, movement: str, **amounts: str) -> None:
        """Post amounts of yuan under the names in ``ACCOUNTS``; debits positive, credits negative."""
        made = tuple(Posting(ACCOUNTS[name], Decimal(amount)) for name, amount in amounts.items())
        entry = Entry("key", date(2026, 11, 21), movement, made)
        self.regime.check(entry, Standing(balances(self.postings)))
        self.postings += made

    def holds(self, **amounts: str) -> bool:
        held = {account: balance for account, balance in balances(self.postings).items() if balance != ZERO}
        return held == {ACCOUNTS[name]: Decimal(amount) for name, amount in amounts.items()}


ACCOUNTS = {
    **{kind.value: Account(kind) for kind in Kind if kind.side is Side.DEBIT},
    "idle_fund": Account(Kind.IDLE_FUND),
    "owed_to_person": Account(Kind.PAYABLE, 1),
    "owed_of_batch": Account(Kind.PAYABLE, 1, batch="A"),
    "owed_to_payer": Account(Kind.PAYABLE, batch="A"),
    "own": Account(Kind.PERSONAL_ACCOUNT, 1, Source.OWN_CONTRIBUTION),
    "subsidy": PERSON,
    "interest": Account(Kind.PERSONAL_ACCOUNT, 1, Source.INTEREST),
    "levy": BATCH,
    "levy_interest": Account(Kind.LAND_BATCH, source=Source.INTEREST, batch="A"),
    "special": Account(Kind.SPECIAL_LEDGER, 1, Source.LAND_LEVY, "A"),
}


def test_jinning_credits_residents_and_pays_employees_from_the_special_fund():
    book = Book("jinning")
    book.post("fund_receipt", special_fund="3000.00", idle_fund="-3000.00")

    book.post("own_contribution", fiscal_account="200.00", own="-200.00")
    book.post(
        "yearly_subsidy",
        idle_fund="1000.00",
        subsidy="-1000.00",
        fiscal_account="1000.00",
        special_fund="-1000.00",
    )
    book.post("reimbursement", idle_fund="1000.00", owed_to_person="-1000.00")
    book.post("reimbursement_paid", owed_to_person="1000.00", special_fund="-1000.00")

    assert book.holds(
        special_fund="1000.00", idle_fund="1000.00", fiscal_account="1200.00", own="200.00", subsidy="1000.00"
    )


def test_jinning_approves_no_subsidy_that_the_fund_does_not_hold():
    book = Book("jinning")
    book.post("fund_receipt", special_fund="999.99", idle_fund="-999.99")

    with pytest.raises(AccountOverdrawn):
        book.post("reimbursement", idle_fund="1000.00", owed_to_person="-1000.00")


def test_jinning_refunds_the_whole_old_account_on_leaving_the_scheme():
    # JN-7: the whole recorded balance, 18,765.43, once.
    book = Book("jinning")
    book.post("opening_balance", fiscal_account="18765.43", own="-10000.00", subsidy="-8765.43")

    with pytest.raises(AccountNotEmptied):
        book.post("scheme_withdrawal", own="10000.00", owed_to_person="-10000.00")
    book.post("scheme_withdrawal", own="10000.00", subsidy="8765.43", owed_to_person="-18765.43")
    book.post("scheme_withdrawal_paid", owed_to_person="18765.43", fiscal_account="-18765.43")

    assert book.holds()


def test_linyi_sends_the_pending_subsidy_along():
    # LY-1: 8,420.36 and this year's 60.00 not yet arrived make 8,480.36.
    book = Book("linyi")
    book.post("own_contribution", income_account="8420.36", own="-8420.36")
    book.post("income_transfer", fiscal_account="8420.36", income_account="-8420.36")

    book.post("pending_subsidy", receivable="60.00", subsidy="-60.00")
    book.post("transfer_out", own="8420.36", subsidy="60.00", owed_to_person="-8480.36")
    book.post("pending_subsidy_arrival", fiscal_account="60.00", receivable="-60.00")
    book.post("expenditure_transfer", expenditure_account="8480.36", fiscal_account="-8480.36")
    book.post("transfer_out_paid", owed_to_person="8480.36", expenditure_account="-8480.36")

    assert book.holds()


def test_hedong_moves_a_deposit_into_the_one_account():
    # HD-1: 7,500.00 for each person of the batch.
    book = Book("hedong")
    book.post("levy_deposit", deposit_account="7500.00", levy="-7500.00")
    book.post("own_contribution", income_account="300.00", own="-300.00")

    book.post(
        "land_subsidy",
        levy="7500.00",
        subsidy="-7500.00",
        fiscal_account="7500.00",
        deposit_account="-7500.00",
    )

    assert book.holds(income_account="300.00", own="300.00", fiscal_account="7500.00", subsidy="7500.00")


def test_taizhou_moves_funds_on_by_month_and_quarter():
    book = Book("taizhou")
    book.post("fund_receipt", special_fund="100.00", idle_fund="-100.00")

    book.post("employee_fund_transfer", idle_fund="60.00", special_fund="-60.00")
    book.post("risk_fund_receipt", risk_reserve="40.00", special_fund="-40.00")

    assert book.holds(risk_reserve="40.00", idle_fund="40.00")


def test_guangdong_takes_every_road_of_article_11():
    book = Book("guangdong")
    book.post("levy_deposit", transition_account="500.00", levy="-500.00")
    book.post("bank_interest", transition_account="6.25", levy_interest="-6.25")

    book.post(
        "fiscal_transfer",
        levy="100.00",
        levy_interest="1.25",
        owed_of_batch="-101.25",
        fiscal_account="101.25",
        transition_account="-101.25",
    )
    book.post("account_credit", owed_of_batch="101.25", subsidy="-100.00", interest="-1.25")
    book.post("special_ledger_opening", levy="200.00", special="-200.00")
    book.post("ledger_reimbursement", special="150.00", owed_of_batch="-150.00")
    book.post("ledger_reimbursement_paid", owed_of_batch="150.00", transition_account="-150.00")
    book.post("one_off_payment", special="50.00", owed_of_batch="-50.00")
    book.post("one_off_payment_paid", owed_of_batch="50.00", transition_account="-50.00")
    book.post("deposit_refund", levy="120.00", owed_to_payer="-120.00")
    book.post("deposit_refund_paid", owed_to_payer="120.00", transition_account="-120.00")
    book.post("unapproved_refund", levy="80.00", levy_interest="5.00", owed_to_payer="-85.00")
    book.post("unapproved_refund_paid", owed_to_payer="85.00", transition_account="-85.00")

    assert book.holds(fiscal_account="101.25", subsidy="100.00", interest="1.25")
