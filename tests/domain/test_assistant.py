import string
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.assistant import (
    FEATURES,
    MASK,
    Candidate,
    Judgement,
    NumberKind,
    Outcome,
    Ranked,
    Reason,
    Reply,
    ask_what,
    asked_numbers,
    decide,
    decide_without_place,
    gives_numbers,
    mask_numbers,
    mask_people,
    weigh,
)

BANDS = (0.5, 0.4)


def make_candidate(
    entry_id: str, outcome: Outcome = Outcome.ANSWER, key: str = "", also: tuple[str, ...] = ()
) -> Candidate:
    main = key or entry_id
    return Candidate(entry_id, outcome, main, frozenset({main, *also}), (0.0,) * len(FEATURES))


def make_ranked(*chances: tuple[Candidate, float]) -> list[Ranked]:
    return [Ranked(candidate, chance) for candidate, chance in chances]


def test_a_question_without_a_subject_is_asked_back_with_the_places_own_matters():
    everywhere = replace(make_candidate("weather"), features=(0.0,) * (len(FEATURES) - 1) + (1.0,))
    silent = make_candidate("silent", Outcome.HANDOFF)
    ranked = make_ranked((everywhere, 0.5), (silent, 0.2), (make_candidate("days"), 0.2))

    assert ask_what(ranked) is None
    assert ask_what([*ranked, *make_ranked((make_candidate("years"), 0.1))]) == Reply(
        Outcome.CLARIFY, choices=("days", "years"), reason=Reason.UNSURE
    )


def test_a_question_without_a_subject_is_asked_back_by_the_entry_that_lists_its_meanings():
    ranked = make_ranked((make_candidate("which", Outcome.CLARIFY), 0.6), (make_candidate("days"), 0.4))

    assert ask_what(ranked) == Reply(Outcome.CLARIFY, "which", reason=Reason.MANY_MEANINGS)


def test_a_clear_favourite_is_answered():
    ranked = make_ranked((make_candidate("amount"), 0.7), (make_candidate("years"), 0.3))

    reply = decide(ranked, *BANDS)

    assert (reply.outcome, reply.entry_id) == (Outcome.ANSWER, "amount")


def test_what_lacks_the_number_asked_for_is_never_the_answer_however_likely():
    likely = replace(make_candidate("how"), lacks_number=True)
    ranked = make_ranked((likely, 0.9), (make_candidate("amount"), 0.1))

    reply = decide(ranked, *BANDS)

    assert reply.outcome is Outcome.HANDOFF
    assert reply.entry_id is None


def test_the_next_best_that_gives_the_number_is_answered():
    faint = replace(make_candidate("how"), lacks_number=True)
    ranked = make_ranked((faint, 0.35), (make_candidate("amount"), 0.65))

    assert decide(ranked, *BANDS).entry_id == "amount"


@pytest.mark.parametrize(
    "told",
    [
        "已经存进去好几年了，怎么办",
        "前几天接到电话，说要合并系统，是真的吗",
        "想查查我账户里记了多少钱，去哪里查",
        "断了几年想补交，填什么表",
        "早几年签的合同还能用吗",
        "一几年就参过保的还要认定吗",
        "贴了几天，没人提意见，下一步报给谁",
        "那几块地归谁管",
    ],
)
def test_a_number_that_is_told_or_looked_up_is_not_asked_for(told):
    assert asked_numbers(told) == frozenset()


def test_the_less_a_question_names_the_surer_its_answer_must_be():
    ranked = make_ranked((make_candidate("check"), 0.9), (make_candidate("archive"), 0.1))

    assert decide(ranked, *BANDS, named=2).outcome is Outcome.CLARIFY
    assert decide(ranked, *BANDS, named=7).outcome is Outcome.ANSWER
    assert decide(ranked, *BANDS).outcome is Outcome.ANSWER


def test_a_short_question_that_fits_own_clauses_is_asked_back_and_not_handed_over():
    silent = make_candidate("silent", Outcome.HANDOFF)
    ranked = make_ranked((silent, 0.7), (make_candidate("where"), 0.2), (make_candidate("who"), 0.1))

    reply = decide(ranked, *BANDS, named=2)

    assert (reply.outcome, reply.choices) == (Outcome.CLARIFY, ("where", "who"))
    assert decide(ranked, *BANDS, named=7).outcome is Outcome.HANDOFF


def test_a_short_question_that_fits_one_own_clause_only_is_handed_over():
    ranked = make_ranked((make_candidate("silent", Outcome.HANDOFF), 0.7), (make_candidate("where"), 0.3))

    assert decide(ranked, *BANDS, named=2).outcome is Outcome.HANDOFF


def test_an_entry_that_lists_meanings_is_asked_where_it_is_a_rival_of_the_answer():
    which = make_candidate("which", Outcome.CLARIFY)
    ranked = make_ranked((make_candidate("days"), 0.7), (which, 0.3))

    assert decide(ranked, *BANDS, named=9).entry_id == "which"
    assert decide(ranked, *BANDS).entry_id == "days"


def test_two_equal_favourites_are_asked_about():
    ranked = make_ranked(
        (make_candidate("amount"), 0.4), (make_candidate("years"), 0.35), (make_candidate("where"), 0.25)
    )

    reply = decide(ranked, *BANDS)

    assert reply.outcome is Outcome.CLARIFY
    assert reply.reason is Reason.UNSURE
    assert reply.choices == ("amount", "years", "where")


def test_entries_that_cite_the_same_clause_count_together():
    ranked = make_ranked(
        (make_candidate("amount", key="d#1"), 0.3),
        (make_candidate("years", key="d#2", also=("d#1",)), 0.3),
        (make_candidate("where", key="d#3"), 0.4),
    )

    reply = decide(ranked, *BANDS)

    assert (reply.outcome, reply.entry_id) == (Outcome.ANSWER, "amount")


def test_a_likely_silence_of_the_texts_is_handed_over_with_its_reason():
    ranked = make_ranked((make_candidate("funeral", Outcome.HANDOFF), 0.5), (make_candidate("death"), 0.45))

    reply = decide(ranked, *BANDS)

    assert (reply.outcome, reply.entry_id) == (Outcome.HANDOFF, "funeral")


def test_no_reason_is_shown_when_another_entry_is_likelier_than_the_one_that_hands_over():
    ranked = make_ranked((make_candidate("death"), 0.55), (make_candidate("funeral", Outcome.HANDOFF), 0.45))

    reply = decide(ranked, *BANDS)

    assert (reply.outcome, reply.entry_id) == (Outcome.HANDOFF, None)


def test_what_is_off_the_topic_has_no_entry_to_show():
    reply = decide(make_ranked((make_candidate("", Outcome.HANDOFF), 1.0)), *BANDS)

    assert (reply.outcome, reply.entry_id) == (Outcome.HANDOFF, None)


def test_nothing_that_fits_is_handed_over():
    assert decide([], *BANDS).outcome is Outcome.HANDOFF


def test_an_entry_that_lists_meanings_asks_back():
    reply = decide(make_ranked((make_candidate("which-money", Outcome.CLARIFY), 1.0)), *BANDS)

    assert (reply.outcome, reply.entry_id) == (Outcome.CLARIFY, "which-money")
    assert reply.reason is Reason.MANY_MEANINGS


def test_at_most_three_choices_are_offered_and_none_that_is_off_the_topic():
    ranked = make_ranked(
        (make_candidate("", Outcome.HANDOFF), 0.2),
        *((make_candidate(name), 0.16) for name in string.ascii_lowercase[:5]),
    )

    assert decide(ranked, *BANDS).choices == ("a", "b", "c")


def test_without_a_place_the_places_that_speak_are_asked_about():
    replies = {
        "jinning": Reply(Outcome.ANSWER, "a"),
        "hedong": Reply(Outcome.CLARIFY),
        "taizhou": Reply(Outcome.HANDOFF),
    }

    reply = decide_without_place(replies)

    assert (reply.outcome, reply.places) == (Outcome.CLARIFY, ("jinning", "hedong"))


def test_without_a_place_a_matter_that_most_places_hand_over_as_their_own_is_asked_about():
    own, other = Reply(Outcome.HANDOFF, own=0.8), Reply(Outcome.HANDOFF, "all-x", own=0.1)

    most = decide_without_place({"jinning": own, "hedong": own, "taizhou": other})
    few = decide_without_place({"jinning": own, "hedong": other, "taizhou": other})

    assert (most.outcome, most.places) == (Outcome.CLARIFY, ("jinning", "hedong"))
    assert most.reason is Reason.WHICH_PLACE
    assert few.outcome is Outcome.HANDOFF


def test_a_question_handed_over_is_a_place_s_own_matter_as_far_as_its_own_entries_speak_to_it():
    everywhere = replace(make_candidate("all-x", Outcome.HANDOFF), features=(*(0.0,) * 14, 1.0))
    own = make_candidate("jn-x", Outcome.HANDOFF)
    without_number = replace(make_candidate("jn-how"), lacks_number=True)

    reply = decide(make_ranked((own, 0.5), (everywhere, 0.3), (without_number, 0.2)), *BANDS)

    assert reply.own == 0.5


def test_without_a_place_a_question_that_every_place_hands_over_is_handed_over():
    replies = {"jinning": Reply(Outcome.HANDOFF, "all-x"), "hedong": Reply(Outcome.HANDOFF, "all-x")}

    assert decide_without_place(replies) == Reply(Outcome.HANDOFF, "all-x", reason=Reason.NOT_IN_TEXTS)


@given(st.lists(st.lists(st.floats(-50, 50), min_size=len(FEATURES), max_size=len(FEATURES)), max_size=12))
def test_chances_sum_to_one_and_stand_in_order(rows):
    candidates = [
        Candidate(str(at), Outcome.ANSWER, str(at), frozenset({str(at)}), tuple(row))
        for at, row in enumerate(rows)
    ]

    ranked = weigh(candidates, (1.0,) * len(FEATURES))

    chances = [each.chance for each in ranked]
    assert chances == sorted(chances, reverse=True)
    assert sum(chances) == pytest.approx(1.0 if rows else 0.0)


def test_a_judgement_needs_a_weight_for_every_feature():
    with pytest.raises(ValueError, match="weights are needed"):
        Judgement(weights=(1.0,), sure=0.5, silent=0.5)


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("每年补助多少钱", NumberKind.AMOUNT),
        ("一亩系几多钱", NumberKind.AMOUNT),
        ("方案公示几天", NumberKind.DAYS),
        ("要几个工作日", NumberKind.DAYS),
        ("养老金几号到", NumberKind.DATE),
        ("最多补几年", NumberKind.YEARS),
        ("社保局电话", NumberKind.PHONE),
        ("利率是多少", NumberKind.PERCENT),
        ("文件文号", NumberKind.DOCUMENT_NUMBER),
    ],
)
def test_a_question_for_a_number_is_told_by_its_words(question, kind):
    assert kind in asked_numbers(question)


def test_a_question_for_no_number_asks_for_none():
    assert asked_numbers("名单会公示吗") == frozenset()


def test_an_answer_in_days_does_not_answer_a_question_for_money():
    assert not gives_numbers(frozenset({NumberKind.DAYS}), frozenset({NumberKind.AMOUNT}))


def test_an_answer_in_months_answers_a_question_for_days():
    assert gives_numbers(frozenset({NumberKind.MONTHS}), frozenset({NumberKind.DAYS}))


@pytest.mark.parametrize(
    "number",
    [
        "990101195003070019",
        "99010119500307001x",
        "138 0000 0000",
        "6222-0200-0000-0000-000",
        "０８７１００００１２３４",
        "990101.19500307.0019",
        "990101、19500307、001x",
        "990101(19500307)0019",
        "９９０１０１/１９５００３０７/００１Ｘ",
        "九九零一零一一九五〇零三零七零零一九",
        "⑨⑨⓪①⓪①①⑨⑤⓪⓪③⓪⑦⓪⓪①⑨",
        "139.0000.1234",
        "990101195003070019 13900001234 6222020000000000000",
    ],
)
def test_long_numbers_typed_into_the_box_are_masked(number):
    assert mask_numbers(f"帮我查{number}有多少钱") == f"帮我查{MASK}有多少钱"


@pytest.mark.parametrize(
    "text",
    [
        "2020年3月1日起每年1000元",
        "30个工作日",
        "2008-2019年征的地",
        "15000元",
        "2019、2020、2021年都没申请",
        "档次是100、200、300、500、1000、2000元",
        "二〇二〇年三月一日",
        "2018 2019 2020 都没领",
    ],
)
def test_years_days_and_amounts_are_not_masked(text):
    assert mask_numbers(text) == text


def test_what_staff_write_keeps_an_office_telephone_but_no_citizen_number():
    words = "990101195003070019这个号码我们查过了，请打0871-0000 1234。"

    assert mask_people(words) == f"{MASK}这个号码我们查过了，请打0871-0000 1234。"


@given(st.text(alphabet=string.digits + "年 -x钱查", max_size=60))
def test_no_eleven_digits_in_a_row_are_left(text):
    masked = mask_numbers(text)

    assert not any(masked[at : at + 11].isdigit() for at in range(len(masked) - 10))
