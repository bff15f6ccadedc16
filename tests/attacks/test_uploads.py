"""Uploads stay in their folders under names that do no harm, in a size that is known before."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from pricer.ui.request_bodies import UNFINISHED_SECONDS, remove_unfinished
from tests.attacks.conftest import file

TABLE = b"summary\nSteel kettle\n"
NAMES = (
    *(
        "../../out.csv",
        "..%2f..%2fout.csv",
        "/etc/cron.d/out.csv",
        "C:\\Windows\\out.csv",
        "..\\..\\out.csv",
        "a\0b.csv",
    ),
    *("a\r\nSet-Cookie: x=1.csv", '";x=".csv', "<img src=x onerror=alert(1)>.csv", "con.csv", ".env", "...", ".", ".."),
    *("n" * 300 + ".csv", "n" * 20_000, "\u202evsc.exe", "$(id).csv", "`id`.csv", ""),
)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_leads_nowhere_else(caller, context, name):
    answer = caller.http.post("/gradio_api/upload", files={"files": (name, TABLE)})
    assert answer.status_code in {200, 400, 413}
    if answer.status_code == 200:
        path = Path(answer.json()[0])
        assert path.resolve().parent.parent == context.folders.cache.resolve()
        assert path.read_bytes() == TABLE
    else:
        assert str(context.folders.cache) not in answer.text


@pytest.mark.parametrize("name", ['a";x="b.csv', "a\r\nSet-Cookie: stolen=1.csv", "<b>.csv", "ü€.csv"])
def test_a_download_s_name_adds_no_header(caller, name):
    answer = caller.raw(f"/gradio_api/file={quote(caller.upload(TABLE, name))}".encode())
    assert answer.content == TABLE
    assert "set-cookie" not in answer.headers
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("name", ["page.html", "picture.svg", "page.xhtml", "code.js", "page.xml", "x.csv.html"])
def test_an_upload_is_never_shown_as_a_page(caller, name):
    answer = caller.get(f"file={caller.upload(b'<script>alert(1)</script>', name)}")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["content-type"] == "application/octet-stream"


def test_an_upload_that_is_too_large_is_refused(caller, context):
    limit = context.settings.max_upload_mb * 1024 * 1024
    for content in (b"x" * (limit + 10), b"x" * (2 * limit)):
        answer = caller.http.post("/gradio_api/upload", files={"files": ("in.csv", content)})
        assert answer.status_code == 413


def test_many_files_are_no_more_than_one(caller, context):
    part = b"x" * (context.settings.max_upload_mb * 1024 * 700)
    answer = caller.http.post("/gradio_api/upload", files=[("files", (f"{n}.csv", part)) for n in range(4)])
    assert answer.status_code == 413


def test_a_length_that_is_a_lie_is_counted(caller, context):
    """A body in chunks, whose length nobody told."""

    def parts():
        yield b'--edge\r\nContent-Disposition: form-data; name="files"; filename="in.csv"\r\n\r\n'
        for _ in range(context.settings.max_upload_mb + 2):
            yield b"x" * 1024 * 1024
        yield b"\r\n--edge--\r\n"

    kind = {"content-type": "multipart/form-data; boundary=edge"}
    answer = caller.http.post("/gradio_api/upload", content=parts(), headers=kind)
    assert answer.status_code == 413


def test_what_an_upload_left_that_broke_off_is_removed(caller, context):
    address = urlsplit(caller.url)
    before = set(context.folders.cache.glob("tmp*"))
    part = b'--edge\r\nContent-Disposition: form-data; name="files"; filename="in.csv"\r\n\r\n' + b"x" * 100_000
    with socket.create_connection((address.hostname, address.port)) as line:
        head = f"POST /gradio_api/upload HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Length: 200000\r\n"
        line.sendall(head.encode() + b"Content-Type: multipart/form-data; boundary=edge\r\n\r\n" + part)
        while not (left := set(context.folders.cache.glob("tmp*")) - before):
            assert caller.price()
    remove_unfinished()
    assert all(path.exists() for path in left), "one that may still be coming stays"
    long_ago = time.time() - UNFINISHED_SECONDS - 1
    for path in left:
        os.utime(path, (long_ago, long_ago))
    caller.upload(TABLE)
    for _ in range(50):  # they go after that answer is sent
        if any(path.exists() for path in left):
            assert caller.price()
    assert not any(path.exists() for path in left)


def test_archives_are_not_unpacked(caller):
    zipped = caller.upload(b"PK\x03\x04" + bytes(200), "links.zip")
    found = caller.ask("batch", [file(zipped), []])
    assert "event: error" in found
    assert "links.zip" in found or "expected" in found
