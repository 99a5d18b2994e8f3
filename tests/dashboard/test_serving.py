"""`peerbridge serve`: headers, origins, limits, health, plain answers; and that its workers end with it."""

import json
import urllib.error
import urllib.request
from contextlib import suppress

import psutil
import pytest

from dashboard.server.serve import Guarded, page


def fetch(url, **headers):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=20) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode()


def call(guarded, scope):
    """What the middleware sends for one scope."""
    sent = []

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        sent.append(message)

    with suppress(StopIteration):  # nothing here waits, and the browser's own event loop runs in this thread
        guarded(scope, receive, send).send(None)
    return sent


async def inner(scope, receive, send):
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
    else:
        await send({"type": "http.response.start", "status": 200, "headers": []})


def socket(origin, host=b"plans.example.org"):
    headers = [(b"host", host)] + ([(b"origin", origin)] if origin is not None else [])
    return {"type": "websocket", "path": "/", "headers": headers}


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        (b"https://plans.example.org", True), (b"http://plans.example.org", True), (None, True),
        (b"https://evil.example", False), (b"null", False), (b"https://plans.example.org.evil.example", False),
        (b"https://plans.example.org:444", False), (b"file://", False), (b"https://ours.example", True),
        (b"\xff", False), (b"//", False),
    ],
)  # fmt: skip
def test_websockets_only_from_own_pages(origin, allowed):
    guarded = Guarded(inner, origins=["https://ours.example/"])
    (message,) = call(guarded, socket(origin))
    assert message["type"] == ("websocket.accept" if allowed else "websocket.close")
    assert guarded.pages == 0


def test_a_full_server_says_so_in_words():
    guarded = Guarded(inner, most_pages=0)
    assert call(guarded, socket(b"https://plans.example.org"))[0]["code"] == 1013
    start, body = call(guarded, {"type": "http", "method": "GET", "path": "/", "headers": []})
    assert start["status"] == 503 and b"Too many people are here" in body["body"]


def test_large_requests_and_odd_methods_are_refused():
    guarded = Guarded(inner)
    scope = {"type": "http", "method": "POST", "path": "/x", "headers": [(b"content-length", b"99999999")]}
    assert call(guarded, scope)[0]["status"] == 413
    assert call(guarded, scope | {"headers": [(b"content-length", b"-1")]})[0]["status"] == 413
    assert call(guarded, scope | {"method": "TRACE", "headers": []})[0]["status"] == 405


def test_plain_pages_escape_what_they_say():
    assert "<script>" not in page("<script>", "<script>")


def test_headers_health_and_plain_answers(server):
    status, headers, body = fetch(server.url)
    assert status == 200
    assert "<noscript>" in body and '<html lang="en">' in body and "v-progress-linear" not in body
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy and "http" not in policy
    assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "no-referrer"
    assert all("httponly" in cookie.lower() for cookie in headers.get_all("set-cookie"))
    assert json.loads(fetch(f"{server.url}/healthz")[2])["status"] == "ok"
    for path in ("/resourcez", "/nothing", "/a/b/c", "/static/../../etc/passwd", "/_solara/cdn/../../setup.py",
                 "/static/public/%2e%2e/app.py", "/jupyter/nbextensions/..%2f..%2fapp.py", "/app.py", "/%00",
                 "/_solara/cdn/requirejs@2.3.6/%2e%2e/%2e%2e/%2e%2e/style.css"):  # fmt: skip
        status, _, body = fetch(server.url + path)
        assert status in (400, 404), path
        assert "Traceback" not in body and "/work" not in body and "import " not in body, path


@pytest.mark.slow
def test_the_plain_command_works_and_its_workers_end_with_it(plain, visit, settled):
    settled(visit(plain.url)).close()
    children = psutil.Process(plain.process.pid).children(recursive=True)
    assert children
    assert "Traceback" not in plain.stop()
    _, alive = psutil.wait_procs(children, timeout=10)
    assert not alive, f"outlived the server: {alive}"


@pytest.mark.slow
def test_workers_end_with_a_plain_server_that_is_killed(plain, visit, settled):
    settled(visit(plain.url)).close()
    left = plain.kill()
    assert not left, f"outlived a server that was killed: {left}"
