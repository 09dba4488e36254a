"""Sentences about questions that were left, and their answers."""

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext

from portal.domain.assistant import NumberKind, Outcome

REFUSALS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "question_already_answered": lambda _: gettext("这个问题已经有人回答了，您的没有记下。"),
}

TEXTS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "question_answered": lambda facts: gettext(
        "您留的问题（编号%(number)s）有答复了。打开颐田，核对身份就能看。", number=facts["number"]
    ),
    "question_answer": lambda facts: gettext(
        "您留的问题（编号%(number)s），工作人员这样答：%(answer)s",
        number=facts["number"],
        answer=facts["answer"],
    ),
}

ACTS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "question_answered": lambda _: gettext("回答群众提问"),
    "questions_curated": lambda facts: gettext("处理问答里没答好的%(count)s句", count=facts["count"]),
}


def number_kind(kind: NumberKind) -> str:
    """A kind of number, for curators."""
    return {
        NumberKind.AMOUNT: gettext("多少钱"),
        NumberKind.DAYS: gettext("几天"),
        NumberKind.DATE: gettext("哪一天"),
        NumberKind.YEARS: gettext("几年"),
        NumberKind.MONTHS: gettext("几个月"),
        NumberKind.COUNT: gettext("几个、几次"),
        NumberKind.AGE: gettext("几岁"),
        NumberKind.PHONE: gettext("电话"),
        NumberKind.PERCENT: gettext("百分之几"),
        NumberKind.DOCUMENT_NUMBER: gettext("文号"),
    }[kind]


def outcome_name(outcome: Outcome) -> str:
    """What the assistant did, where it showed no entry."""
    return {
        Outcome.ANSWER: gettext("照条款答"),
        Outcome.CLARIFY: gettext("反问"),
        Outcome.HANDOFF: gettext("请打电话"),
    }[outcome]


def entry_fault(code: str, words: str) -> str:
    """What is wrong with a proposed entry."""
    return {
        "quote_not_in_clause": gettext("引文和条款对不上：%(words)s", words=words),
        "few_phrasings": gettext("问法不够，还差%(words)s句。", words=words),
        "same_as_another": gettext("这句问法别的条目也有：%(words)s", words=words),
    }[code]
