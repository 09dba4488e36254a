"""Where a request comes from, as far as counting tries is concerned."""

from ipaddress import IPv6Address, ip_address, ip_network

from flask import request


def address_of_request() -> str:
    """The client's address; a household's IPv6 network counts as one address."""
    address = ip_address(request.remote_addr or "0.0.0.0")  # noqa: S104  no address counts as one address
    if isinstance(address, IPv6Address):
        return str(ip_network((address, 64), strict=False))
    return str(address)
