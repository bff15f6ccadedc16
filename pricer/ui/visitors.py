"""Who asks: visitors are told apart by their session, and by the address that they come from."""

from __future__ import annotations

from ipaddress import ip_address

from starlette.requests import HTTPConnection


def address_of(request: HTTPConnection, trusted_proxy: bool) -> str:
    """Where a request comes from.

    A header that a visitor may have written is only believed where a proxy of ours adds to it.  It adds what it has
    seen at the end; before that may stand addresses of other proxies, which are private ones, and anything else that
    the visitor likes.
    """
    seen = request.client.host if request.client else ""
    if not trusted_proxy:
        return seen
    forwarded = [each.strip() for each in ",".join(request.headers.getlist("x-forwarded-for")).split(",")]
    named = [each for each in reversed(forwarded) if each]
    return next((each for each in named if _is_global(each)), named[0] if named else seen)


def _is_global(address: str) -> bool:
    try:
        return ip_address(address).is_global
    except ValueError:
        return False
