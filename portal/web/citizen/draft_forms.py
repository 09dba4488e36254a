"""One small form for each way in which a question of a claim is answered."""

import re
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

from flask_babel import gettext, lazy_gettext
from wtforms import RadioField, SelectChoice, StringField, TextAreaField, ValidationError
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from portal.domain.claim_forms import MONTHS_OF_A_YEAR, Asks, Question
from portal.domain.errors import Refusal
from portal.domain.money import parse_moved
from portal.services.draft_payees import NewAccount
from portal.services.drafts import OpenDraft
from portal.web.forms import SignedInForm, WholeNumberField, check_name
from portal.web.wording import claim_forms as words
from portal.web.work import today

MOST_LETTERS = 500
_DAY = re.compile(r"(\d{4})\D+(\d{1,2})\D+(\d{1,2})\D*")
_DAY_IN_ONE = re.compile(r"(\d{4})(\d\d)(\d\d)")  # as it stands in a citizen number
_EARLIEST = date(1900, 1, 1)
_ACCOUNT = re.compile(r"\d{8,30}")
_IGNORED_IN_ACCOUNTS = re.compile(r"[\s\-]+")

NAME_VALIDATORS = (
    DataRequired(lazy_gettext("请填名字，和身份证上一样。")),
    Length(max=50, message=lazy_gettext("名字太长了，请照着身份证填。")),
    check_name,
)


class AnswerForm(SignedInForm):
    """One answer; the page's question is its label."""

    def value(self) -> str | int:
        """The answer as it is kept."""
        return str(self.answer.data)


class ReadForm(AnswerForm):
    """Nothing to fill in: going on says that one has read."""

    def value(self) -> str | int:
        """The answer as it is kept."""
        return "read"


class ChoiceForm(AnswerForm):
    """One of a few."""

    answer = RadioField(validators=[InputRequired(lazy_gettext("请点一个。"))], validate_choice=True)


class YearForm(ChoiceForm):
    """One of the years."""

    def value(self) -> str | int:
        """The answer as it is kept."""
        return int(self.answer.data)


class MonthsForm(AnswerForm):
    """A number of months."""

    answer = WholeNumberField(
        validators=[
            InputRequired(lazy_gettext("请填缴了几个月，1到12。")),
            NumberRange(1, MONTHS_OF_A_YEAR, lazy_gettext("请填1到12的数字。")),
        ]
    )

    def value(self) -> str | int:
        """The answer as it is kept."""
        return int(self.answer.data or 0)


class WordsForm(AnswerForm):
    """Free text."""

    answer = TextAreaField(
        validators=[
            DataRequired(lazy_gettext("请写几个字。")),
            Length(max=MOST_LETTERS, message=lazy_gettext("太长了，请写短一些，500个字以内。")),
        ]
    )


class NameForm(AnswerForm):
    """Somebody's name."""

    answer = StringField(validators=NAME_VALIDATORS)


class MoneyForm(AnswerForm):
    """An amount in yuan."""

    answer = StringField(validators=[InputRequired(lazy_gettext("请填多少元。")), Length(max=20)])

    def validate_answer(self, field: StringField) -> None:
        """An amount that cannot be one is told in its own words."""
        try:
            self.amount = parse_moved(field.data)
        except Refusal as error:
            raise ValidationError(gettext("请照着单子填，比如 3500.00。")) from error

    def value(self) -> str | int:
        """The answer as it is kept."""
        return str(self.amount)


class DayForm(AnswerForm):
    """A calendar day, written in any of the usual ways."""

    answer = StringField(validators=[InputRequired(lazy_gettext("请填哪一年、哪一月、哪一天。"))])

    def validate_answer(self, field: StringField) -> None:
        """A day that was never, or on which nobody alive was born, is told."""
        typed = field.data.strip()
        found = _DAY.fullmatch(typed) or _DAY_IN_ONE.fullmatch(typed)
        try:
            self.day = date(*map(int, found.groups())) if found else None
        except ValueError:
            self.day = None
        if self.day is None or not _EARLIEST <= self.day <= today():
            raise ValidationError(gettext("这一天不对，请照着身份证再填一遍，比如 1990-05-01。"))

    def value(self) -> str | int:
        """The answer as it is kept."""
        return "" if self.day is None else self.day.isoformat()


class PayeeForm(AnswerForm):
    """Whether the account on record is right, and leave to compare it with the bank."""

    answer = RadioField(
        validators=[InputRequired(lazy_gettext("请点一个。"))],
        choices=[
            SelectChoice("own", lazy_gettext("对，是我本人的卡，可以跟银行核对")),
            SelectChoice("wrong", lazy_gettext("不对，要换一张卡")),
        ],
    )


class AccountForm(AnswerForm):
    """A bank account of one's own."""

    bank_name = StringField(
        lazy_gettext("哪家银行"), [DataRequired(lazy_gettext("请填哪家银行。")), Length(max=60)]
    )
    number = StringField(
        lazy_gettext("账号或卡号"), [DataRequired(lazy_gettext("请填账号或卡号。")), Length(max=40)]
    )

    def validate_number(self, field: StringField) -> None:
        """An account is digits; spaces are dropped."""
        self.digits = _IGNORED_IN_ACCOUNTS.sub("", field.data)
        if not _ACCOUNT.fullmatch(self.digits):
            raise ValidationError(gettext("账号只有数字，请照着银行卡再填一遍。"))

    def account(self, name: str, weight: int = 1) -> NewAccount:
        """The account as it is kept."""
        return NewAccount(name, self.digits, self.bank_name.data, weight)


class HeirForm(AccountForm):
    """One more person to pay."""

    name = StringField(lazy_gettext("名字"), NAME_VALIDATORS)
    weight = WholeNumberField(
        lazy_gettext("占几份"),
        [
            InputRequired(lazy_gettext("请填占几份。平均分的，每人填1。")),
            NumberRange(1, 1000, lazy_gettext("请填1到1000的数字。")),
        ],
        default=1,
    )


class EmptyForm(SignedInForm):
    """A button."""


class ResumeForm(SignedInForm):
    """The code on a helper's slip."""

    code = StringField(
        lazy_gettext("单子上的10个字"),
        [DataRequired(lazy_gettext("请照着单子填。")), Length(max=40, message=lazy_gettext("太长了。"))],
    )


_FORMS: Mapping[Asks, type[SignedInForm]] = MappingProxyType(
    {
        Asks.YEAR: YearForm,
        Asks.MONTHS: MonthsForm,
        Asks.CHOICE: ChoiceForm,
        Asks.READ: ReadForm,
        Asks.WORDS: WordsForm,
        Asks.NAME: NameForm,
        Asks.DAY: DayForm,
        Asks.MONEY: MoneyForm,
        Asks.PHOTOS: EmptyForm,
        Asks.PAYEE: PayeeForm,
        Asks.ACCOUNT: AccountForm,
        Asks.HEIRS: EmptyForm,
    }
)


def make_form(opened: OpenDraft, question: Question, *, kept: bool = False) -> SignedInForm:
    """The form of a question; ``kept`` fills in the answer given before instead of reading the request."""
    kind: Any = _FORMS[question.asks]
    given = opened.draft.answers.get(question.name)
    typed = {} if given is None else {"answer": str(given)}
    form: SignedInForm = kind(formdata=None, data=typed) if kept else kind()
    if question.asks is Asks.YEAR:
        form["answer"].choices = [
            SelectChoice(str(year), gettext("%(year)s年", year=year)) for year in opened.years
        ]
    elif question.asks is Asks.CHOICE:
        form["answer"].choices = [
            SelectChoice(value, words.choice(question.name, value)) for value in question.choices
        ]
    return form
