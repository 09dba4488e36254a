from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.ledger.accounts import (
    LAND_SOURCES,
    PERSONAL_SOURCES,
    Account,
    Kind,
    Side,
    Source,
    UnknownAccount,
)
from portal.domain.ledger.entries import (
    Entry,
    EntryDateOutOfRange,
    KeyUsedForAnotherEntry,
    Posting,
    ReversalNotReversible,
    ReversalWithoutReason,
    check_same,
    entry_payload,
    header_line,
    posting_line,
)
from portal.domain.ledger.held import earn_interest, sum_held
from portal.domain.ledger.movements import (
    AccountClosed,
    AccountNotEmptied,
    AccountNotInMovement,
    AccountOverdrawn,
    AccountPattern,
    AlreadyReversed,
    BatchesMixed,
    MovementNotAllowed,
    Regime,
    Standing,
)
from portal.domain.money import ZERO
from tests.domain.ledger_regime import (
    BANK,
    FISCAL,
    REGIME,
    allot,
    balances,
    batch_interest,
    levy,
    movement,
    own,
    payable,
    special,
    take,
)

DAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)
ZHANG, LI = 4711, 4712


def yuan(amount: str) -> Decimal:
    return Decimal(amount)


def make_entry(*postings: tuple[Account, str], **changes) -> Entry:
    made = tuple(Posting(account, yuan(amount)) for account, amount in postings)
    return Entry(**{"key": "key-1", "on": DAY, "movement": "levy_deposit", "postings": made} | changes)


def deposit(amount: str = "100.00", batch: str = "A", **changes) -> Entry:
    return make_entry((BANK, amount), (levy(batch), f"-{amount}"), **changes)


def standing(*held: tuple[Account, str], **changes) -> Standing:
    return Standing({account: yuan(amount) for account, amount in held}, **changes)


# Accounts

accounts = st.one_of(
    st.builds(
        Account,
        st.just(Kind.PERSONAL_ACCOUNT),
        st.integers(1),
        st.sampled_from(sorted(PERSONAL_SOURCES)),
    ),
    st.builds(
        Account,
        st.just(Kind.SPECIAL_LEDGER),
        st.integers(1),
        st.sampled_from(sorted(LAND_SOURCES)),
        st.text(min_size=1).filter(str.isprintable),
    ),
    st.builds(
        Account,
        st.just(Kind.LAND_BATCH),
        st.none(),
        st.sampled_from(sorted(LAND_SOURCES)),
        st.text(min_size=1).filter(str.isprintable),
    ),
    st.builds(Account, st.sampled_from([kind for kind in Kind if kind.side is Side.DEBIT])),
)


@given(accounts)
def test_an_account_is_read_back_from_its_name(account):
    assert Account.parse(account.name) == account


@given(accounts, accounts)
def test_two_accounts_never_share_a_name(one, other):
    assert (one == other) == (one.name == other.name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "cash///",
        "personal_account///own_contribution",
        "personal_account/4711//",
        "personal_account/4711/land_levy/",
        "personal_account/4711/lottery/",
        "personal_account/4711/interest/A",
        "personal_account/0/interest/",
        "personal_account/-1/interest/",
        "personal_account/04711/interest/",
        "personal_account/四/interest/",
        "special_ledger/4711/land_levy/",
        "land_batch//own_contribution/A",
        "land_batch//land_levy/",
        "land_batch//land_levy/A\nB",
        "payable///",
        "payable/4711/interest/",
        "fiscal_account/4711//",
        "fiscal_account",
    ],
)
def test_what_names_no_account_is_refused(name):
    with pytest.raises(UnknownAccount):
        Account.parse(name)


def test_the_account_of_a_person_holds_every_source_that_the_text_names():
    # linyi-2012#2.4: 个人缴费、集体补助、其他经济组织、公益组织、个人资助、政府补贴, and interest.
    assert len(PERSONAL_SOURCES) == 7


# Entries


def test_an_entry_that_does_not_balance_cannot_be_built():
    with pytest.raises(ValueError, match=r"out of balance by 0\.01"):
        make_entry((BANK, "100.00"), (levy("A"), "-99.99"))


def test_an_entry_names_each_account_once():
    with pytest.raises(ValueError, match="each once"):
        make_entry((BANK, "2.00"), (levy("A"), "-1.00"), (levy("A"), "-1.00"))


def test_an_entry_without_postings_cannot_be_built():
    with pytest.raises(ValueError, match="two accounts"):
        make_entry()


@pytest.mark.parametrize("amount", ["0", "0.00", "0.001", "1.005"])
def test_a_posting_moves_whole_fen_and_at_least_one(amount):
    with pytest.raises(ValueError, match="fen"):
        Posting(BANK, yuan(amount))


@pytest.mark.parametrize("amount", [1.0, 1, "1.00"])
def test_a_posting_takes_nothing_but_decimal_yuan(amount):
    with pytest.raises(TypeError):
        Posting(BANK, amount)


@pytest.mark.parametrize("day", [date(1989, 12, 31), date(2100, 1, 1), date(202, 11, 21)])
def test_a_day_beyond_all_reason_is_refused(day):
    with pytest.raises(EntryDateOutOfRange):
        deposit(on=day)


@pytest.mark.parametrize("changes", [{"key": ""}, {"key": "a\tb"}, {"movement": "a\nb"}])
def test_keys_and_movements_are_plain_text(changes):
    with pytest.raises(ValueError, match="printable"):
        deposit(**changes)


def test_an_amount_looks_positive_to_its_owner_when_the_account_grows():
    bank, batch = deposit().postings

    assert (bank.natural_amount, batch.natural_amount) == (yuan("100.00"), yuan("100.00"))


def test_undoing_an_entry_turns_every_posting_round_and_says_why():
    original = deposit(claim_id=7, contribution_year=2026)

    undone = original.undone(key="key-2", on=DAY + timedelta(days=1), reason=" 录错批次 ")

    assert all(total == ZERO for total in balances(original.postings + undone.postings).values())
    assert (undone.reverses, undone.movement) == ("key-1", "levy_deposit")
    assert (undone.claim_id, undone.contribution_year) == (7, 2026)
    assert undone.facts == {"reason": "录错批次"}


def test_an_entry_is_not_undone_without_a_reason():
    with pytest.raises(ReversalWithoutReason):
        deposit().undone(key="key-2", on=DAY, reason="  ")


def test_what_was_undone_is_not_undone_again():
    undone = deposit().undone(key="key-2", on=DAY, reason="录错批次")

    with pytest.raises(ReversalNotReversible):
        undone.undone(key="key-3", on=DAY, reason="改回")


def test_asking_again_under_the_same_key_is_no_second_entry():
    check_same(deposit(facts={"voucher": "001"}), deposit(facts={"voucher": "001"}))


@pytest.mark.parametrize(
    "other", [deposit("100.01"), deposit(batch="B"), deposit(facts={"voucher": "2"}), deposit(claim_id=1)]
)
def test_one_key_never_stands_for_two_entries(other):
    with pytest.raises(KeyUsedForAnotherEntry):
        check_same(deposit(), other)


# The spelling that is chained


def header(**changes) -> str:
    values = {
        "region": "guangdong",
        "book": "fund",
        "sequence": 1,
        "posted_at": NOW,
        "key": "key-1",
        "on": DAY,
        "movement": "levy_deposit",
        "facts_text": '{"voucher":"001"}',
        "contribution_year": 2026,
        "claim_id": 7,
        "reverses": None,
    }
    return header_line(**values | changes)


def test_an_entry_is_spelt_by_header_count_and_lines():
    entry = deposit(facts={"voucher": "001"}, contribution_year=2026, claim_id=7)

    assert entry.facts_text == '{"voucher":"001"}'
    assert entry_payload(header(), entry.lines).decode() == (
        "guangdong\tfund\t1\t2026-11-21T08:30:00.000000+00:00\tkey-1\t2026-11-21\tlevy_deposit"
        '\t{"voucher":"001"}\t2026\t7\t\t2\n'
        "transition_account///\t10000\nland_batch//land_levy/A\t-10000"
    )


@pytest.mark.parametrize(
    "change",
    [
        {"region": "jinning"},
        {"book": "other"},
        {"sequence": 2},
        {"posted_at": NOW + timedelta(microseconds=1)},
        {"key": "key-2"},
        {"on": DAY + timedelta(days=1)},
        {"movement": "other"},
        {"facts_text": "{}"},
        {"contribution_year": None},
        {"contribution_year": 2025},
        {"claim_id": None},
        {"reverses": "key-0"},
        {"region": "guangdong\tfund", "book": ""},
    ],
)
def test_any_change_to_an_entry_changes_its_spelling(change):
    assert header(**change) != header()


def test_the_spelling_does_not_depend_on_the_time_zone_that_a_machine_is_in():
    in_china = NOW.astimezone(timezone(timedelta(hours=8)))

    assert header(posted_at=in_china) == header()


def test_two_postings_cannot_be_hidden_in_one():
    honest = entry_payload(header(), [posting_line("a", 5), posting_line("b", -5)])
    merged = entry_payload(header(), [posting_line(posting_line("a", 5) + "\nb", -5)])

    assert sha256(honest).digest() != sha256(merged).digest()


def test_facts_cannot_smuggle_in_a_field():
    entry = deposit(facts={"voucher": "001\t2026\n"})

    assert entry.facts_text == '{"voucher":"001\\t2026\\n"}'


# The closed list of movements


def test_a_movement_of_the_list_is_allowed():
    REGIME.check(deposit(), standing())


def test_a_movement_that_no_text_knows_is_refused():
    with pytest.raises(MovementNotAllowed) as refused:
        REGIME.check(deposit(movement="bank_fee"), standing())

    assert refused.value.facts == {"movement": "bank_fee"}


@pytest.mark.parametrize(
    ("entry", "account", "side"),
    [
        (make_entry((BANK, "1.00"), (own(ZHANG), "-1.00")), own(ZHANG), "credit"),
        (make_entry((FISCAL, "1.00"), (levy("A"), "-1.00")), FISCAL, "debit"),
        (make_entry((BANK, "1.00"), (batch_interest("A"), "-1.00")), batch_interest("A"), "credit"),
        (make_entry((BANK, "-1.00"), (levy("A"), "1.00")), BANK, "credit"),
    ],
)
def test_a_movement_touches_only_its_own_accounts_and_sides(entry, account, side):
    with pytest.raises(AccountNotInMovement) as refused:
        REGIME.check(entry, standing((BANK, "5.00"), (levy("A"), "5.00")))

    assert refused.value.facts == {"movement": "levy_deposit", "account": account.name, "side": side}


def test_a_reversal_goes_the_other_way_on_the_same_accounts():
    undone = deposit().undone(key="key-2", on=DAY, reason="录错批次")

    REGIME.check(undone, standing((BANK, "100.00"), (levy("A"), "100.00")))


def test_two_movements_of_one_name_make_no_regime():
    with pytest.raises(ValueError, match="one name"):
        Regime([movement("a", "payable", "payable"), movement("a", "payable", "payable")])


@pytest.mark.parametrize("text", ["cash", "land_batch/lottery", "", "/interest"])
def test_a_pattern_with_an_unknown_word_is_refused(text):
    with pytest.raises(ValueError, match="not a valid"):
        AccountPattern.parse(text)


# Batches


def test_no_batch_pays_for_another():
    # guangdong-2025#art10: 不同項目(批次)預存的征地社保費不得相互調劑使用。
    mixed = make_entry((levy("A"), "10.00"), (special(ZHANG, "B"), "-10.00"), movement="allotment")

    with pytest.raises(BatchesMixed) as refused:
        REGIME.check(mixed, standing((levy("A"), "10.00")))

    assert refused.value.facts == {"losing": "A", "gaining": "B"}


def test_interest_of_one_bank_posting_may_reach_many_batches():
    shared = make_entry(
        (BANK, "3.00"),
        (batch_interest("A"), "-1.00"),
        (batch_interest("B"), "-2.00"),
        movement="bank_interest",
    )

    REGIME.check(shared, standing())


def test_money_moves_within_its_own_batch():
    within = make_entry(
        (levy("A"), "10.00"),
        (special(ZHANG, "A"), "-4.00"),
        (special(LI, "A"), "-6.00"),
        movement="allotment",
    )

    REGIME.check(within, standing((levy("A"), "10.00")))


# Balances


def test_no_account_gives_more_than_it_holds():
    payment = make_entry(
        (special(ZHANG, "A"), "10.00"), (payable(ZHANG, "A"), "-10.00"), movement="subsidy_payment"
    )

    REGIME.check(payment, standing((special(ZHANG, "A"), "10.00")))
    with pytest.raises(AccountOverdrawn) as refused:
        REGIME.check(payment, standing((special(ZHANG, "A"), "9.99")))

    assert refused.value.facts["held"] == yuan("9.99")
    assert refused.value.facts["asked"] == yuan("10.00")


def test_a_place_gives_no_money_it_does_not_hold():
    paid = make_entry((payable(ZHANG), "10.00"), (BANK, "-10.00"), movement="disbursement")

    with pytest.raises(AccountOverdrawn):
        REGIME.check(paid, standing((payable(ZHANG), "10.00")))


def test_a_deposit_that_was_spent_since_cannot_be_undone():
    undone = deposit().undone(key="key-2", on=DAY, reason="录错批次")

    with pytest.raises(AccountOverdrawn):
        REGIME.check(undone, standing((BANK, "100.00"), (levy("A"), "99.00")))


def test_an_entry_is_undone_once():
    undone = deposit().undone(key="key-2", on=DAY, reason="录错批次")

    with pytest.raises(AlreadyReversed):
        REGIME.check(undone, standing((BANK, "200.00"), (levy("A"), "200.00"), reversed_keys={"key-1"}))


# Closing


def leaving(own_part: str, interest: str) -> Entry:
    return make_entry(
        (own(ZHANG), own_part),
        (own(ZHANG, Source.INTEREST), interest),
        (payable(ZHANG), f"-{yuan(own_part) + yuan(interest)}"),
        movement="transfer_out",
    )


def test_whoever_leaves_takes_everything_along():
    held = standing((own(ZHANG), "100.00"), (own(ZHANG, Source.INTEREST), "2.50"), (own(LI), "7.00"))

    REGIME.check(leaving("100.00", "2.50"), held)
    with pytest.raises(AccountNotEmptied) as refused:
        REGIME.check(leaving("100.00", "2.49"), held)

    assert refused.value.facts == {"account": own(ZHANG, Source.INTEREST).name, "balance": yuan("0.01")}


def test_a_source_that_was_forgotten_is_found():
    held = standing(
        (own(ZHANG), "100.00"),
        (own(ZHANG, Source.INTEREST), "2.50"),
        (own(ZHANG, Source.GOV_SUBSIDY), "1.00"),
    )

    with pytest.raises(AccountNotEmptied):
        REGIME.check(leaving("100.00", "2.50"), held)


def test_nothing_reaches_an_account_after_it_was_closed():
    late = make_entry((FISCAL, "1.00"), (own(ZHANG), "-1.00"), movement="own_contribution")

    with pytest.raises(AccountClosed):
        REGIME.check(late, standing(closed_people={ZHANG}))
    with pytest.raises(AccountClosed):
        REGIME.check(deposit(), standing(closed_batches={"A"}))


def test_the_money_of_a_closed_account_is_still_paid_out():
    paid = make_entry((payable(ZHANG), "10.00"), (BANK, "-10.00"), movement="disbursement")

    REGIME.check(paid, standing((payable(ZHANG), "10.00"), (BANK, "10.00"), closed_people={ZHANG}))


def test_undoing_the_closing_opens_the_account_again():
    undone = leaving("100.00", "2.50").undone(key="key-2", on=DAY, reason="并未转出")

    REGIME.check(undone, standing((payable(ZHANG), "102.50"), closed_people={ZHANG}))


def test_an_older_entry_of_a_closed_account_cannot_be_undone_any_more():
    paid_in = make_entry((FISCAL, "1.00"), (own(ZHANG), "-1.00"), movement="own_contribution")

    with pytest.raises(AccountClosed):
        REGIME.check(
            paid_in.undone(key="key-2", on=DAY, reason="录错"),
            standing((FISCAL, "5.00"), (own(ZHANG), "1.00"), closed_people={ZHANG}),
        )


# Sums


def interest_on(balance: Decimal, rate: Decimal) -> Decimal:
    return earn_interest(balance, rate, 2025, "演示", (), DAY).yuan


def test_what_is_held_is_added_up_source_by_source():
    figure = sum_held(
        "account", {Source.OWN_CONTRIBUTION: yuan("1000.00"), Source.INTEREST: yuan("26.20")}, (), DAY
    )

    assert figure.yuan == yuan("1026.20")
    assert [step.facts["amount"] for step in figure.steps] == [
        yuan("1000.00"),
        yuan("26.20"),
        yuan("1026.20"),
    ]


@pytest.mark.parametrize(
    ("balance", "rate", "interest"),
    [
        ("1000.00", "0.0262", "26.20"),
        ("0.01", "0.0262", "0.00"),
        ("100.00", "0.00005", "0.01"),
        ("99.99", "0.00005", "0.00"),
    ],
)
def test_interest_of_one_account_is_rounded_half_up(balance, rate, interest):
    assert interest_on(yuan(balance), yuan(rate)) == yuan(interest)


@given(st.integers(0, 10**11), st.integers(0, 100_000).map(lambda units: Decimal(units).scaleb(-6)))
def test_a_database_that_counts_whole_fen_comes_to_the_same_interest(fen, rate):
    numerator, denominator = rate.as_integer_ratio()

    counted = (2 * fen * numerator + denominator) // (2 * denominator)

    assert interest_on(Decimal(fen).scaleb(-2), rate) == Decimal(counted).scaleb(-2)


people = st.lists(st.integers(1, 10**6), min_size=1, max_size=30, unique=True)


@given(people, st.integers(1, 10**12), st.data())
def test_what_is_allotted_is_exactly_what_there_was(persons, fen, data):
    weights = data.draw(st.lists(st.integers(1, 10**6), min_size=len(persons), max_size=len(persons)))
    total = Decimal(fen).scaleb(-2)

    postings = allot(total, [own(person) for person in persons], weights, [str(person) for person in persons])

    assert sum(posting.natural_amount for posting in postings) == total


def test_whoever_s_part_is_less_than_a_fen_gets_no_posting():
    postings = allot(yuan("0.01"), [own(LI), own(ZHANG)], [1, 1], ["0002", "0001"])

    assert postings == (Posting(own(ZHANG), yuan("-0.01")),)


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=8), st.data())
def test_taking_empties_one_account_before_it_touches_the_next(held, data):
    available = [(own(number), Decimal(fen).scaleb(-2)) for number, fen in enumerate(held, 1)]
    amount = Decimal(data.draw(st.integers(0, sum(held)))).scaleb(-2)

    taken = {posting.account: -posting.natural_amount for posting in take(amount, available)}

    assert sum(taken.values()) == amount
    partly = [number for number, (account, has) in enumerate(available) if taken.get(account, ZERO) != has]
    assert all(available[number][0] not in taken for number in partly[1:])


@pytest.mark.parametrize("available", [[], [(own(ZHANG), Decimal("0.99"))]])
def test_more_than_there_is_cannot_be_taken(available):
    with pytest.raises(AccountOverdrawn):
        take(yuan("1.00"), available)
