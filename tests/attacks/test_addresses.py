"""The server fetches nothing from an address that a visitor gives."""

from __future__ import annotations

import pytest

from tests.attacks.conftest import file

ELSEWHERE = (
    *(
        "http://{host}/x.csv",
        "http://{host}/a/../x.csv",
        "HTTP://{host}/x.csv",
        "//{host}/x.csv",
        "https://{host}/x.csv",
    ),
    *("ftp://{host}/x.csv", "http:/{host}/x", "http://user@{host}/x.csv", "\\\\{host}\\x.csv"),
)
NAMES = (
    *(
        "http://{host}/a",
        "{host}/a",
        "//{host}/a",
        "user@{host}/a",
        "owner/name@http://{host}",
        "../../{host}",
        "a/b/c",
    ),
    *("owner/name?x=1", "owner/name#x", "owner/na me", "owner/name\n", "owner/../name", "-/-", ""),
)


@pytest.fixture
def host(outsider):
    outsider.reset()
    yield f"127.0.0.1:{outsider.port}"
    assert not outsider.requests


@pytest.mark.parametrize("address", ELSEWHERE)
def test_a_file_elsewhere_is_not_fetched(caller, host, address):
    there = address.format(host=host)
    for given in (file(there), file("", url=there), {"url": there, "meta": {"_type": "gradio.FileData"}}, there):
        for endpoint, data in (("batch", [given, []]), ("evaluate", [given, "", 0, False])):
            assert "event: complete" not in caller.ask(endpoint, data)
    # what was uploaded is read, whatever else its description says
    mine = caller.upload(b"summary\nSteel kettle\n")
    assert "event: complete" in caller.ask("batch", [file(mine, url=there, orig_name=there), []])


@pytest.mark.parametrize("route", ["file={there}", "proxy={there}", "file/{there}"])
@pytest.mark.parametrize("address", ELSEWHERE[:6])
def test_no_route_passes_a_request_on(caller, host, route, address):
    target = f"/gradio_api/{route.format(there=address.format(host=host))}"
    assert caller.raw(target.encode()).status_code in {403, 404}


@pytest.mark.parametrize("name", NAMES)
def test_a_hub_s_name_is_checked_before_anything_is_asked(host, hub, name):
    from pricer.errors import UserError
    from pricer.hub.datasets import load_splits
    from pricer.hub.downloads import download

    for ask in (download, load_splits):
        with pytest.raises(UserError):
            ask(name.format(host=host))
    assert not hub.requests


@pytest.mark.parametrize("name", ["owner/items", "owner", "http://{host}/a", "../x", 5, ["owner/items"], {"a": 1}])
def test_hub_datasets_that_are_switched_off_stay_off_for_crafted_calls(caller, host, hub, name):
    given = name.format(host=host) if isinstance(name, str) else name
    found = caller.ask("evaluate", [None, given, 0, False])
    assert "event: complete" not in found
    assert "switched off" in found or "event: error" in found
    assert not hub.requests


def test_the_page_s_own_form_is_refused_too(context, hub):
    from pricer.errors import DatasetError
    from pricer.ui.evaluation_source import HUB, Source

    with pytest.raises(DatasetError, match="switched off"):
        Source(HUB, None, "owner/items").read(context)
    assert not hub.requests


def test_no_model_can_be_loaded_unless_the_owner_allows_it(caller, context, hub):
    """There is no such function on the page, and what is behind it refuses."""
    from pricer.errors import SettingError

    functions = caller.http.get("/config").json()["dependencies"]
    assert not [each for each in functions if "load" in str(each["api_name"]) and each["targets"][0][1] != "load"]
    with pytest.raises(SettingError, match="keeps its model"):
        context.load("owner/name")
    assert not hub.requests
