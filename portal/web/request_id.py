"""What a request is called in the logs, on record, and on the telephone."""

import secrets

from flask import g


def request_id() -> str:
    """The name of this request, which it is given when one is first needed."""
    named: str | None = g.get("request_id")
    if named is None:
        named = g.request_id = secrets.token_hex(6)
    return named
