"""Where somebody wanted to go when they were asked who they are, so that they get there afterwards."""

import re
from urllib.parse import urlsplit

from flask import current_app, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

_LONGEST = 300

# One slash: with a second one, or what browsers take for one, a host follows. They also pass over line
# breaks and tabs, so that what hides behind one would come to light.
_ON_THIS_SITE = re.compile(r"/(?![/\\])[^\\\x00-\x20]*\Z")


def address_of_request() -> str | None:
    """The address that was asked for; None for a form, which nobody sends a second time by going there."""
    return request.full_path.removesuffix("?") if request.method == "GET" else None


def read(address: str | None) -> str | None:
    """An address to send a browser to; None unless it is one of our own pages, for it comes from outside."""
    if not address or len(address) > _LONGEST or not _ON_THIS_SITE.match(address):
        return None
    try:
        parts = urlsplit(address)
        current_app.url_map.bind(request.host).match(parts.path, "GET")
    except (ValueError, HTTPException, RequestRedirect):
        return None
    return address
