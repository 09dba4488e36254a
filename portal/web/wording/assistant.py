"""Sentences about questions that were left, and their answers."""

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext

REFUSALS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "question_already_answered": lambda _: gettext("这个问题已经有人回答了，您的没有记下。"),
}

TEXTS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "question_answered": lambda facts: gettext(
        "【颐田】您留的问题（编号%(number)s）有答复了。打开颐田，核对身份就能看。", number=facts["number"]
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
