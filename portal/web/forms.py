"""What all forms share."""

import unicodedata
from contextlib import suppress
from typing import Any

from flask import request
from flask_babel import gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from werkzeug.datastructures import MultiDict
from wtforms import Field, IntegerField, ValidationError
from wtforms.form import BaseForm

from portal.domain.cells import read_person_name
from portal.domain.errors import Refusal


class _OurWords:
    """WTForms' own messages do not reach a villager: every validator here brings its sentence."""

    def gettext(self, words: str) -> str:
        """A message of WTForms itself."""
        return gettext("请再看一遍这一项。") if words else ""

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        """A message of WTForms itself, for a number."""
        return self.gettext(singular)


def check_name(_: BaseForm, field: Field) -> None:
    """Refuse a name with digits or signs in it; a rare character that has no place of its own is a letter."""
    try:
        letters = read_person_name(field.data or "").replace("·", "")
    except Refusal:
        letters = "?"
    if any(unicodedata.category(letter)[0] in "NPS" for letter in letters):
        raise ValidationError(gettext("名字里不能有数字和符号，请照着身份证填。"))


class WholeNumberField(IntegerField):
    """A whole number; what is none stands outside its range, whose validator says what to fill in."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read the number, or leave the field without one."""
        with suppress(ValueError):
            super().process_formdata(valuelist)


class SignedInForm(FlaskForm):
    """A form after sign-in; it carries the session's token, which the guard checks."""

    class Meta(FlaskForm.Meta):
        """Messages are ours."""

        def get_translations(self, form: object) -> _OurWords:
            """Our words for WTForms' own messages."""
            return _OurWords()

        def wrap_formdata(self, form: BaseForm, formdata: object) -> object:
            """What was sent: text in fields for text, files in fields for files, and only as a form."""
            if formdata is None or isinstance(formdata, MultiDict):
                return formdata
            if request.method != "POST":
                return None
            sent: MultiDict[str, Any] = MultiDict(request.form)
            for name, file in request.files.items(multi=True):
                if name in form and isinstance(form[name], FileField):
                    sent.add(name, file)
            return sent or None


class PublicForm(SignedInForm):
    """A form before sign-in. There is no session to hold a token; the guard asks where it stood."""

    class Meta(SignedInForm.Meta):
        """Without a token."""

        csrf = False
