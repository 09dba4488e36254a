"""Any history that the rules let through keeps every promise of the ledger, after every step."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from portal.domain.chain import FIRST_LINK, link
from portal.domain.errors import Refusal
from portal.domain.ledger.accounts import Account, Kind, Side, Source
from portal.domain.ledger.entries import Entry, KeyUsedForAnotherEntry, Posting, check_same, entry_payload
from portal.domain.ledger.movements import AccountClosed, AlreadyReversed, Standing
from portal.domain.money import ZERO, Yuan
from tests.domain.ledger_regime import (
    BANK,
    FISCAL,
    REGIME,
    SPENDING,
    allot,
    balances,
    batch_interest,
    levy,
    own,
    payable,
    special,
    take,
)

PEOPLE = (1, 2, 3)
BATCHES = ("A", "B")

people = st.sampled_from(PEOPLE)
batches = st.sampled_from(BATCHES)
amounts = st.integers(1, 10_000_000).map(lambda fen: Decimal(fen).scaleb(-2))


class Shelf:
    """A book in memory, as a service keeps it in the database: judged, then written, and nothing else."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self.links: list[bytes] = []

    def post(self, entry: Entry) -> None:
        if entry.key in self.entries:
            check_same(self.entries[entry.key], entry)
            return
        REGIME.check(entry, self.standing())
        previous = self.links[-1] if self.links else FIRST_LINK
        self.links.append(link(previous, spelling(len(self.entries) + 1, entry)))
        self.entries[entry.key] = entry

    def standing(self) -> Standing:
        undone = {entry.reverses for entry in self.entries.values()} - {None}
        closing = [
            posting.account
            for entry in self.entries.values()
            if REGIME.get(entry.movement).closes and entry.key not in undone and entry.reverses is None
            for posting in entry.postings
            if posting.account.kind.is_holding
        ]
        return Standing(
            balances=self.balances(),
            closed_people={account.person for account in closing} - {None},
            closed_batches={account.batch for account in closing if account.kind is Kind.LAND_BATCH},
            reversed_keys=undone,
        )

    def balances(self) -> dict[Account, Yuan]:
        return balances(posting for entry in self.entries.values() for posting in entry.postings)


def spelling(sequence: int, entry: Entry) -> bytes:
    return entry_payload(f"{sequence}\t{entry.key}\t{entry.movement}", entry.lines)


class Histories(RuleBasedStateMachine):
    """Posts whatever comes to mind; beside it, a plain count of where the money must be."""

    def __init__(self) -> None:
        super().__init__()
        self.shelf = Shelf()
        self.keys = 0
        self.expected: dict[Account, Yuan] = defaultdict(lambda: ZERO)
        self.on = date(2026, 1, 1)

    def try_to_post(self, movement: str, *postings: Posting) -> bool:
        """Post, or be refused and change nothing."""
        self.keys += 1
        self.on += timedelta(days=1)
        return self.try_entry(Entry(f"key-{self.keys}", self.on, movement, postings))

    def try_entry(self, entry: Entry) -> bool:
        before = (len(self.shelf.entries), self.shelf.balances())
        try:
            self.shelf.post(entry)
        except Refusal:
            assert (len(self.shelf.entries), self.shelf.balances()) == before
            return False
        for posting in entry.postings:
            self.expected[posting.account] += posting.natural_amount
        return True

    def held(self, *accounts: Account) -> list[tuple[Account, Yuan]]:
        balances = self.shelf.balances()
        return [(account, balances.get(account, ZERO)) for account in accounts]

    def give(self, place: Account, owner: Account, amount: Yuan, movement: str) -> bool:
        return self.try_to_post(movement, Posting(place, amount), Posting(owner, -amount))

    def settle(self, movement: str, accounts: list[Account], to: Account, left_behind: Yuan = ZERO) -> bool:
        available = self.held(*accounts)
        total = sum((balance for _, balance in available), ZERO) - left_behind
        if total <= ZERO:
            return False
        return self.try_to_post(movement, *take(total, available), Posting(to, -total))

    # What an office does

    @rule(batch=batches, amount=amounts)
    def deposit_levy(self, batch, amount):
        closed = batch in self.shelf.standing().closed_batches
        assert self.give(BANK, levy(batch), amount, "levy_deposit") is not closed

    @rule(person=people, amount=amounts)
    def contribute(self, person, amount):
        closed = person in self.shelf.standing().closed_people
        assert self.give(FISCAL, own(person), amount, "own_contribution") is not closed

    @rule(amount=amounts)
    def share_bank_interest_over_batches(self, amount):
        still_open = [batch for batch in BATCHES if self.held(levy(batch))[0][1] > ZERO]
        weights = [self.held(levy(batch))[0][1] for batch in still_open]
        if still_open:
            parts = allot(amount, [batch_interest(batch) for batch in still_open], weights, still_open)
            assert self.try_to_post("bank_interest", Posting(BANK, amount), *parts)

    @rule(person=people, amount=amounts)
    def credit_account_interest(self, person, amount):
        self.give(FISCAL, own(person, Source.INTEREST), amount, "account_interest")

    @rule(
        batch=batches,
        weights=st.tuples(*[st.integers(1, 1000)] * len(PEOPLE)),
        source=st.sampled_from(["levy", "interest"]),
    )
    def allot_a_batch(self, batch, weights, source):
        pool, kind = (
            (levy(batch), Source.LAND_LEVY) if source == "levy" else (batch_interest(batch), Source.INTEREST)
        )
        total = self.held(pool)[0][1]
        if total > ZERO:
            parts = allot(total, [special(person, batch, kind) for person in PEOPLE], weights, list("123"))
            self.try_to_post("allotment", Posting(pool, total), *parts)

    @rule(person=people, batch=batches, amount=amounts)
    def pay_from_the_special_ledger(self, person, batch, amount):
        accounts = [special(person, batch), special(person, batch, Source.INTEREST)]
        available = self.held(*accounts)
        amount = min(amount, sum((balance for _, balance in available), ZERO))
        if amount > ZERO:
            self.try_to_post(
                "subsidy_payment", *take(amount, available), Posting(payable(person, batch), -amount)
            )

    @rule(person=people, batch=batches)
    def pay_out_at_the_bank(self, person, batch):
        for account in (payable(person, batch), payable(batch=batch)):
            self.settle("disbursement", [account], BANK)

    @rule(batch=batches, amount=amounts)
    def refund_a_deposit(self, batch, amount):
        amount = min(amount, self.held(levy(batch))[0][1])
        if amount > ZERO:
            self.try_to_post(
                "deposit_refund", Posting(levy(batch), amount), Posting(payable(batch=batch), -amount)
            )

    @rule(batch=batches, left_behind=st.sampled_from([ZERO, Decimal("0.01")]))
    def close_a_batch(self, batch, left_behind):
        closed = self.settle(
            "batch_settlement", [levy(batch), batch_interest(batch)], payable(batch=batch), left_behind
        )
        assert not (closed and left_behind)

    @rule(person=people, left_behind=st.sampled_from([ZERO, Decimal("0.01")]))
    def transfer_a_person_out(self, person, left_behind):
        accounts = [own(person), own(person, Source.INTEREST)]
        gone = self.settle("transfer_out", accounts, payable(person), left_behind)
        assert not (gone and left_behind)

    @rule(person=people)
    def settle_after_a_death(self, person):
        of_the_dead = [
            account
            for account in self.shelf.balances()
            if account.person == person and account.kind.is_holding
        ]
        by_batch = {account.batch for account in of_the_dead}
        payables = []
        for batch in sorted(by_batch, key=str):
            accounts = [account for account in of_the_dead if account.batch == batch]
            total = sum((balance for _, balance in self.held(*accounts)), ZERO)
            if total > ZERO:
                payables += [*take(total, self.held(*accounts)), Posting(payable(person, batch), -total)]
        if payables and person not in self.shelf.standing().closed_people:
            assert self.try_to_post("inheritance", *payables)

    @rule(amount=amounts)
    def move_between_places(self, amount):
        self.try_to_post("expenditure_transfer", Posting(SPENDING, amount), Posting(FISCAL, -amount))

    # What goes wrong

    @precondition(lambda self: self.shelf.entries)
    @rule(data=st.data())
    def undo(self, data):
        entry = data.draw(st.sampled_from(list(self.shelf.entries.values())))
        if entry.reverses is None:
            undone = entry.undone(
                key=f"undo-{entry.key}-{len(self.shelf.entries)}", on=self.on, reason="录错"
            )
            if self.try_entry(undone):
                with pytest.raises((AlreadyReversed, AccountClosed)):
                    self.shelf.post(entry.undone(key="again", on=self.on, reason="再来"))

    @precondition(lambda self: self.shelf.entries)
    @rule(data=st.data())
    def ask_again(self, data):
        entry = data.draw(st.sampled_from(list(self.shelf.entries.values())))
        links = list(self.shelf.links)

        self.shelf.post(entry)

        assert self.shelf.links == links
        other = Entry(entry.key, entry.on + timedelta(days=1), entry.movement, entry.postings)
        with pytest.raises(KeyUsedForAnotherEntry):
            self.shelf.post(other)

    @rule(one=people, other=people, amount=amounts)
    def try_to_pay_one_batch_s_person_from_another(self, one, other, amount):
        assert not self.try_to_post(
            "allotment", Posting(levy("A"), amount), Posting(special(one, "B"), -amount)
        )

    @rule(person=people, amount=amounts)
    def try_a_movement_on_foreign_accounts(self, person, amount):
        assert not self.try_to_post("levy_deposit", Posting(FISCAL, amount), Posting(own(person), -amount))
        assert not self.try_to_post("bank_fee", Posting(own(person), amount), Posting(BANK, -amount))

    # What always holds

    @invariant()
    def every_balance_is_what_was_counted_beside(self):
        held = {account: balance for account, balance in self.shelf.balances().items() if balance}
        assert held == {account: balance for account, balance in self.expected.items() if balance}

    @invariant()
    def money_in_places_is_money_owned(self):
        total = {Side.DEBIT: ZERO, Side.CREDIT: ZERO}
        for account, balance in self.shelf.balances().items():
            total[account.kind.side] += balance
        assert total[Side.DEBIT] == total[Side.CREDIT]

    @invariant()
    def nothing_is_ever_overdrawn(self):
        assert all(balance >= ZERO for balance in self.shelf.balances().values())

    @invariant()
    def the_transition_account_holds_exactly_the_batches_money(self):
        of_batches = sum((held for account, held in self.shelf.balances().items() if account.batch), ZERO)
        assert self.held(BANK)[0][1] == of_batches

    @invariant()
    def whoever_was_closed_holds_nothing(self):
        standing = self.shelf.standing()
        assert all(
            balance == ZERO for account, balance in standing.balances.items() if standing.is_closed(account)
        )

    @invariant()
    def the_chain_can_be_followed_from_its_start(self):
        previous = FIRST_LINK
        for sequence, (entry, stored) in enumerate(
            zip(self.shelf.entries.values(), self.shelf.links, strict=True), 1
        ):
            previous = link(previous, spelling(sequence, entry))
            assert previous == stored


Histories.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestEveryHistory = Histories.TestCase
