"""What people type, without the one character that no keyboard types and no PostgreSQL text can hold."""

from flask import Request
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.utils import cached_property

_NO_COOKIES: ImmutableMultiDict[str, str] = ImmutableMultiDict()


class TypedRequest(Request):
    """A request whose fields hold no null bytes."""

    @property
    def max_content_length(self) -> int | None:
        """How large a body may be.

        A form without files is held in memory whole, and the framework's limit for what is held in
        memory does not look at it.
        """
        if self.mimetype == "application/x-www-form-urlencoded":
            return self.max_form_memory_size
        return super().max_content_length

    @max_content_length.setter
    def max_content_length(self, most: int | None) -> None:
        Request.max_content_length.fset(self, most)  # type: ignore[attr-defined]

    @cached_property
    def cookies(self) -> ImmutableMultiDict[str, str]:
        """What the browser keeps for us; of one that keeps nothing, nothing is read."""
        return super().cookies if "HTTP_COOKIE" in self.environ else _NO_COOKIES

    @property
    def form(self) -> ImmutableMultiDict[str, str]:
        """The fields of a form."""
        return _without_nulls(super().form)

    @property
    def args(self) -> MultiDict[str, str]:
        """The fields of an address."""
        return _without_nulls(super().args)


def _without_nulls(fields: MultiDict[str, str]) -> ImmutableMultiDict[str, str]:
    return ImmutableMultiDict([(name, value.replace("\x00", "")) for name, value in fields.items(multi=True)])
