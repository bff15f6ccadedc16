"""A page with accounts shows nothing to who has not logged in, and its owner cannot choose weak ones unawares."""

from __future__ import annotations

import httpx
import pytest
from playwright.sync_api import expect

from pricer.errors import SettingError
from pricer.settings import Settings
from tests.attacks.conftest import Caller

NAME, PASSWORD = "ann", "correct-horse-battery"
ROUTES = (
    *(
        "config",
        "config/",
        "gradio_api/info",
        "gradio_api/openapi.json",
        "gradio_api/queue/status",
        "gradio_api/file=/x",
    ),
    *("gradio_api/queue/data?session_hash=a", "gradio_api/call/price/0", "gradio_api/heartbeat/a", "gradio_api/mcp/"),
    *("gradio_api/upload_progress?upload_id=a", "gradio_api//queue/status", "anything"),
)
POSTED = (
    "call/price",
    "call/v2/price",
    "queue/join",
    "run/predict",
    "api/predict",
    "cancel",
    "reset",
    "upload",
    "mcp/",
)


@pytest.fixture(scope="module")
def closed(context):
    """The page with an account."""
    from pricer.settings import Settings
    from pricer.ui import page
    from pricer.ui.context import PageContext

    settings = Settings(accounts=((NAME, PASSWORD),))
    guarded = PageContext(context.runner, settings)
    demo = page.build(guarded)
    _, address, _ = demo.launch(**page.launch_options(guarded), prevent_thread_lock=True, quiet=True)
    yield address.rstrip("/")
    demo.close()


@pytest.fixture
def stranger(closed):
    with httpx.Client(base_url=closed, timeout=60) as http:
        yield Caller(closed, http)


@pytest.mark.parametrize("route", ROUTES)
def test_nothing_is_read_without_a_login(stranger, route):
    answer = stranger.http.get(f"/{route}")
    assert answer.status_code in {401, 404}
    assert "components" not in answer.text


@pytest.mark.parametrize("route", POSTED)
def test_nothing_is_asked_without_a_login(stranger, route):
    assert stranger.post(route, {"data": ["kettle"], "session_hash": "a"}).status_code == 401
    assert stranger.post(route, files={"files": ("a.csv", b"x")}).status_code == 401


@pytest.mark.parametrize("cookie", ["", "access-token=x", "access-token-unsecure-x=y", "{mine}=x", "{mine}=", "{mine}"])
def test_no_made_up_cookie_helps(stranger, closed, cookie):
    app_id = stranger.get("app_id").json()["app_id"]
    headers = {"cookie": cookie.replace("{mine}", f"access-token-{app_id}")}
    assert stranger.http.get("/config", headers=headers).status_code == 401


@pytest.mark.parametrize(
    ("name", "password"),
    [
        (NAME, "wrong"),
        (NAME, ""),
        ("", ""),
        ("bob", PASSWORD),
        (NAME, PASSWORD.upper()),
        (NAME, PASSWORD + "\0"),
        (NAME, "ü"),
    ],
)
def test_wrong_credentials_are_refused_alike(stranger, name, password):
    answer = stranger.http.post("/login", data={"username": name, "password": password})
    assert answer.status_code in {400, 422}
    assert "set-cookie" not in answer.headers


def test_with_a_login_it_prices_until_the_logout(stranger):
    answer = stranger.http.post("/login", data={"username": NAME, "password": PASSWORD})
    assert answer.status_code == 200
    assert stranger.price() > 0
    assert PASSWORD not in stranger.http.get("/config").text
    stranger.http.get("/logout")
    assert stranger.post("call/price", {"data": ["kettle"]}).status_code == 401


def test_a_person_logs_in_and_prices(browser, closed):
    visitor = browser.new_context()
    try:
        page = visitor.new_page()
        page.goto(closed)
        page.get_by_label("username").fill(NAME)
        page.get_by_label("password").fill(PASSWORD)
        page.get_by_role("button", name="Login").click()
        page.get_by_role("textbox", name="Describe the product").fill("Steel kettle, 1.7 litres")
        page.get_by_role("button", name="Price it").click()
        expect(page.get_by_test_id("change").or_(page.get_by_test_id("words"))).to_be_visible()
        page.goto(f"{closed}/logout")
        expect(page.get_by_label("password")).to_be_visible()
    finally:
        visitor.close()


@pytest.mark.parametrize(
    ("accounts", "said"),
    [
        ("ann", "expected name:password"),
        (":correct-horse-battery", "expected name:password"),
        ("ann:tiny", "too short"),
        ("ann:aaaaaaaaaaaaaaaaaa", "easily guessed"),
        ("ann:ann-and-her-horse", "easily guessed"),
        ("ann:correct-horse-battery ann:other-horse-battery", "twice"),
    ],
)
def test_weak_or_malformed_accounts_are_refused_without_repeating_them(accounts, said):
    with pytest.raises(SettingError, match=said) as caught:
        Settings.from_environment({"PRICER_AUTH": accounts})
    assert "PRICER_AUTH" in str(caught.value)
    assert accounts.partition(":")[2] not in str(caught.value) or not accounts.partition(":")[2]


def test_passwords_are_not_in_what_settings_look_like():
    settings = Settings.from_environment({"PRICER_AUTH": f"{NAME}:{PASSWORD} bob:another-good:one"})
    assert settings.accounts == ((NAME, PASSWORD), ("bob", "another-good:one"))
    assert PASSWORD not in repr(settings)


@pytest.mark.parametrize("names", ["http://pricer.example", "pricer.example:80", "a/b"])
def test_host_names_are_names(names):
    with pytest.raises(SettingError, match="PRICER_HOST_NAMES"):
        Settings.from_environment({"PRICER_HOST_NAMES": names})
