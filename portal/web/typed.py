"""What people type, without the one character that no keyboard types and no PostgreSQL text can hold."""

from flask import Request
from werkzeug.datastructures import ImmutableMultiDict, MultiDict


class TypedRequest(Request):
    """A request whose fields hold no null bytes."""

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
