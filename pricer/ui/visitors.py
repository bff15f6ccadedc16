"""Who asks: visitors are told apart by their session, and by the address that they come from."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from starlette.requests import HTTPConnection


def address_of(request: HTTPConnection, trusted_proxy: bool) -> str:
    """Where a request comes from; of IPv6 the network (/64), as one line at home has 2^64 addresses to choose from.

    A header that a visitor may have written is only believed where a proxy of ours adds to it.  It adds what it has
    seen at the end; before that may stand addresses of other proxies, which are private ones, and anything else that
    the visitor likes.
    """
    return _network(_seen(request, trusted_proxy))


def _seen(request: HTTPConnection, trusted_proxy: bool) -> str:
    seen = request.client.host if request.client else ""
    if not trusted_proxy:
        return seen
    forwarded = [each.strip() for each in ",".join(request.headers.getlist("x-forwarded-for")).split(",")]
    named = [each for each in reversed(forwarded) if each]
    return next((each for each in named if _is_global(each)), named[0] if named else seen)


def _network(text: str) -> str:
    """What stands for all addresses of one line; text that is no address stays as it is."""
    found = _address(text)
    if isinstance(found, IPv6Address):
        return str(IPv6Network((int(found), 64), strict=False))
    return text if found is None else str(found)


def _is_global(text: str) -> bool:
    found = _address(text)
    return found is not None and found.is_global


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """The address that a text is; one of IPv4 that is written as one of IPv6 is one of IPv4."""
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found
