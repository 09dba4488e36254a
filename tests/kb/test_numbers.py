"""A question for a number is never answered without that kind of number, whatever the entry."""

import pytest

from portal.content.matcher import Matcher
from portal.domain.assistant import NumberKind, Outcome, gives_numbers
from tests.builders import real_matcher

ASKS = {
    NumberKind.AMOUNT: "多少钱",
    NumberKind.DAYS: "几天",
    NumberKind.DATE: "几号",
    NumberKind.YEARS: "几年",
    NumberKind.AGE: "几岁",
    NumberKind.PHONE: "电话号码是多少",
    NumberKind.PERCENT: "百分之几",
}


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    """The real knowledge base, indexed once."""
    return real_matcher()


@pytest.mark.parametrize("kind", ASKS, ids=str)
def test_no_entry_without_a_kind_of_number_answers_a_question_for_it(matcher, kind):
    answered = []
    for entry in matcher.knowledge.entries:
        if entry.outcome is not Outcome.ANSWER or gives_numbers(entry.numbers, frozenset({kind})):
            continue
        subject = entry.question.rstrip("？吗呢")
        reply = matcher.ask(f"{subject}，{ASKS[kind]}？", entry.region)
        if reply.outcome is Outcome.ANSWER and reply.entry_id is not None:
            given = matcher.entry(reply.entry_id).numbers
            if not gives_numbers(given, frozenset({kind})):
                answered.append((entry.id, reply.entry_id))

    assert answered == []


@pytest.mark.parametrize(
    "question", ["gongshi ji tian", "公示几天", "公示幾天", "嗯那个公示要几天啊", "公是几天"]
)
def test_a_number_is_asked_for_in_every_spelling(matcher, question):
    assert NumberKind.DAYS in matcher.ear.hear(question).numbers
    assert matcher.ask(question, "jinning").outcome is not Outcome.ANSWER
