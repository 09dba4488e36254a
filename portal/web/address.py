"""Where a request comes from: which network, and which page."""

from ipaddress import IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from flask import request

_UNKNOWN = "0.0.0.0"  # noqa: S104  all who cannot be told apart are counted as one  # nosec B104


def address_of_request() -> str:
    """The client's address as tries are counted; a household's IPv6 network counts as one."""
    try:
        address = ip_address(request.remote_addr or _UNKNOWN)
    except ValueError:  # a proxy passed on what a client says of itself
        return _UNKNOWN
    if isinstance(address, IPv6Address):
        return str(ip_network((address, 64), strict=False))
    return str(address)


def path_here(address: str | None) -> str | None:
    """The path of an address on this very host; None for any other, and for what is no address."""
    try:
        parts = urlsplit(address or "")
    except ValueError:
        return None
    return (parts.path or "/") if parts.netloc and parts.netloc == request.host else None
