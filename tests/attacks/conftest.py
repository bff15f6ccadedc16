"""The real server on loopback, as a public page would run it, and a caller who holds to no rules."""

from __future__ import annotations

import json
import os
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
import pytest

from tests.browser.conftest import checkpoint_folder  # noqa: F401 - a fixture
from tests.loopback_hub import LoopbackHub

TOKEN = "hf_MarkerOfATokenThatNobodyMaySee"
ENDPOINTS = ("price", "explain", "compare", "batch", "evaluate")


@dataclass
class Caller:
    """Sends whatever it likes to the server."""

    url: str
    http: httpx.Client

    def post(self, route: str, body: object = None, **options) -> httpx.Response:
        """POST to a route below /gradio_api/, JSON unless something else is given."""
        if body is not None:
            options["content"] = body if isinstance(body, bytes) else json.dumps(body)
            options.setdefault("headers", {}).setdefault("content-type", "application/json")
        return self.http.post(f"/gradio_api/{route}", **options)

    def get(self, route: str, **options) -> httpx.Response:
        """GET a route below /gradio_api/."""
        return self.http.get(f"/gradio_api/{route}", **options)

    def raw(self, target: bytes, method: str = "GET") -> httpx.Response:
        """A request whose target is sent byte for byte, as no client would write it."""
        url = httpx.URL(self.url).copy_with(raw_path=target)
        return self.http.send(httpx.Request(method, url))

    def wire(self, sent: bytes) -> bytes:
        """What comes back for bytes that are no request that a client would send."""
        address = urlsplit(self.url)
        with socket.create_connection((address.hostname, address.port), timeout=60) as line:
            line.sendall(sent)
            return line.recv(65536)

    def ask(self, endpoint: str, data: list) -> str:
        """What an endpoint's stream says in the end, or the answer that refuses the call."""
        answer = self.post(f"call/{endpoint}", {"data": data})
        if answer.status_code != 200:
            return f"{answer.status_code} {answer.text}"
        return self.get(f"call/{endpoint}/{answer.json()['event_id']}").text

    def upload(self, content: bytes, name: str = "in.csv") -> str:
        """Upload a file; the path that it got."""
        answer = self.http.post("/gradio_api/upload", files={"files": (name, content)})
        assert answer.status_code == 200, answer.text
        return answer.json()[0]

    def price(self) -> float:
        """A price, which shows that the server lives on."""
        found = self.ask("price", ["Steel kettle, 1.7 litres"])
        assert "event: complete" in found, found
        return json.loads(found.rpartition("data: ")[2])[0]["price"]


def file(path: str, **more) -> dict:
    """What stands for a file in a call."""
    return {"path": path, "meta": {"_type": "gradio.FileData"}, **more}


@pytest.fixture(scope="session")
def outsider():
    """A web server on loopback that no visitor may have ours ask; what was asked of it is in `requests`."""
    server = LoopbackHub()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def secret(tmp_path_factory):
    """A file that is nobody's business."""
    path = tmp_path_factory.mktemp("secrets") / "secret.csv"
    path.write_text("summary,price\nMarkerOfASecretFile,5\n")
    return path


@pytest.fixture(scope="session")
def context(checkpoint_folder):  # noqa: F811
    """What a careful owner of a public page builds it on."""
    from app import make_context
    from pricer.settings import Settings

    os.environ["HF_TOKEN"] = TOKEN
    settings = Settings(
        model=str(checkpoint_folder), device="cpu", max_page_rows=2_000, max_upload_mb=2, hub_datasets=False,
        max_request_kb=256,
    )  # fmt: skip
    yield make_context(settings)
    del os.environ["HF_TOKEN"]


@pytest.fixture(scope="session")
def url(context):
    """The address of the running page."""
    from pricer.ui import page

    demo = page.build(context)
    _, address, _ = demo.launch(**page.launch_options(context), prevent_thread_lock=True, quiet=True)
    yield address.rstrip("/")
    demo.close()


@pytest.fixture(scope="module")
def caller(url):
    """Somebody who sends requests by hand."""
    with httpx.Client(base_url=url, timeout=60) as http:
        calling = Caller(url, http)
        yield calling
        assert calling.price() > 0


@pytest.fixture(autouse=True)
def _alive(request):
    """After every attack on the server, it still answers; after those of a file, it still prices."""
    yield
    if "caller" in request.fixturenames:
        assert request.getfixturevalue("caller").get("app_id").status_code == 200
