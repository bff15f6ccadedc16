"""Who asks: an address is believed as far as a proxy of ours has seen it."""

import pytest
from starlette.requests import Request

from pricer.ui.visitors import address_of


def _request(*forwarded, client="10.0.0.9"):
    headers = [(b"x-forwarded-for", each.encode()) for each in forwarded]
    return Request({"type": "http", "client": (client, 5000), "headers": headers})


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ([], "10.0.0.9"),
        (["8.8.8.8"], "8.8.8.8"),
        (["6.6.6.6, 8.8.8.8"], "8.8.8.8"),  # the visitor wrote the first
        (["6.6.6.6, 8.8.8.8, 10.0.0.7"], "8.8.8.8"),  # a proxy within ours
        (["6.6.6.6", "8.8.8.8"], "8.8.8.8"),
        (["10.0.0.3, 10.0.0.7"], "10.0.0.7"),  # within a network of ours
        (["nonsense"], "nonsense"),
        ([" , "], "10.0.0.9"),
        (["2001:4860:4860::8888"], "2001:4860:4860::/64"),
        (["2001:4860:4860:0:1:2:3:4"], "2001:4860:4860::/64"),  # the same line
        (["2001:4860:4860:1::8888"], "2001:4860:4860:1::/64"),
        (["6.6.6.6, ::ffff:8.8.8.8"], "8.8.8.8"),
        (["fe80::1%eth0"], "fe80::/64"),
    ],
)
def test_behind_a_proxy_the_last_public_address_counts(forwarded, address):
    assert address_of(_request(*forwarded), trusted_proxy=True) == address


def test_without_a_proxy_what_a_visitor_writes_is_not_believed():
    assert address_of(_request("8.8.8.8"), trusted_proxy=False) == "10.0.0.9"


@pytest.mark.parametrize(
    ("client", "address"),
    [
        ("2001:4860:4860::8888", "2001:4860:4860::/64"),
        ("2001:4860:4860::9999", "2001:4860:4860::/64"),
        ("::ffff:10.0.0.9", "10.0.0.9"),
        ("testclient", "testclient"),
    ],
)
def test_of_ipv6_the_network_counts(client, address):
    assert address_of(_request(client=client), trusted_proxy=False) == address
