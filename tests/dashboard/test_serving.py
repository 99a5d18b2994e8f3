"""`peerbridge serve`: headers, origins, limits, health, plain answers; and that its workers end with it."""

import asyncio
import json
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import psutil
import pytest
from websockets.sync.client import connect

from dashboard.server import guard
from dashboard.server.guard import NONCE, Access, Guarded, network_of, origin_of, page, root_path_of


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
    guarded = Guarded(inner, Access(frozenset({"https://ours.example", "https://plans.example.org"})))
    (message,) = call(guarded, socket(origin))
    assert message["type"] == ("websocket.accept" if allowed else "websocket.close")
    assert guarded.pages == 0


def test_a_full_server_says_so_in_words():
    guarded = Guarded(inner, Access(frozenset({"https://plans.example.org"}), most_pages=0))
    assert call(guarded, socket(b"https://plans.example.org"))[0]["code"] == 1013
    start, body = call(guarded, request())
    assert start["status"] == 503 and b"Too many people are here" in body["body"]


def request(path="/", method="GET", client="127.0.0.1", **headers):
    given = {"host": "127.0.0.1:8765"} | headers
    pairs = [(k.replace("_", "-").encode(), v.encode("latin-1")) for k, v in given.items()]
    return {"type": "http", "method": method, "path": path, "scheme": "http", "client": (client, 1), "headers": pairs}


def test_large_requests_and_odd_methods_are_refused():
    guarded = Guarded(inner)
    assert call(guarded, request("/x", "POST", content_length="99999999"))[0]["status"] == 413
    assert call(guarded, request("/x", "POST", content_length="-1"))[0]["status"] == 413
    assert call(guarded, request("/x", "POST", content_length="²"))[0]["status"] == 413
    assert call(guarded, request("/x", "TRACE"))[0]["status"] == 405
    assert call(guarded, request("/" + "x" * 20_000))[0]["status"] == 414
    assert call(guarded, request("/resourcez"))[0]["status"] == 404


class Seen:
    """An application that keeps the scope that it was called with, and answers with a page."""

    def __init__(self, body="", cookies=()):
        self.body, self.cookies = body.encode(), cookies

    async def __call__(self, scope, receive, send):
        self.scope = scope
        headers = [(b"content-type", b"text/html"), *((b"set-cookie", cookie) for cookie in self.cookies)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


OF_PROXIES = {
    "x_script_name": '/e"><script>alert(1)</script>', "script_name": "/e", "x_forwarded_proto": "x",
    "x_forwarded_host": "evil.example", "x_forwarded_for": "10.0.0.1", "x_forwarded_prefix": "/e", "forwarded": "for=x",
}  # fmt: skip


def test_headers_of_proxies_are_dropped():
    seen = Seen()
    call(Guarded(seen), request(**OF_PROXIES))
    assert dict(seen.scope["headers"]) == {b"host": b"127.0.0.1:8765"}
    assert seen.scope["scheme"] == "http" and seen.scope["root_path"] == ""


@pytest.mark.parametrize(
    ("client", "proto", "chain", "scheme", "seen_as"),
    [
        ("10.1.2.3", "https", "192.0.2.7", "https", "192.0.2.7"),
        ("10.1.2.3", "x", "192.0.2.7, 10.9.9.9", "http", "192.0.2.7"),
        ("10.1.2.3", "https", "nonsense", "https", "10.1.2.3"),
        ("192.0.2.66", "https", "192.0.2.7", "http", "192.0.2.66"),
    ],
)
def test_named_proxies_are_believed_and_no_others(client, proto, chain, scheme, seen_as):
    seen = Seen()
    guarded = Guarded(seen, Access(proxies=(network_of("10.0.0.0/8"),)))
    call(guarded, request(client=client, x_forwarded_proto=proto, x_forwarded_for=chain))
    assert seen.scope["scheme"] == scheme and seen.scope["client"][0] == seen_as
    assert not any(key.startswith(b"x-") for key, _ in seen.scope["headers"])


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("127.0.0.1:8765", True), ("localhost", True), ("[::1]:8765", True), ("192.0.2.1", True),
        ("plans.example.org", True), ("PLANS.example.org:8443", True), ("plans.example.org.", True),
        ("evil.example", False), ("127.0.0.1.evil.example", False), ("localhost.evil.example", False),
        ("", False), ("a b", False), ("plans.example.org@evil.example", False), ("[::1", False), ("x:99999", False),
    ],
)  # fmt: skip
def test_other_names_that_point_here_are_refused(host, allowed):
    guarded = Guarded(Seen(), Access(frozenset({"https://plans.example.org"})))
    assert call(guarded, request(host=host))[0]["status"] == (200 if allowed else 400)
    assert call(guarded, request("/healthz", host=host))[0]["status"] == 200
    sent = call(guarded, {"type": "websocket", "path": "/", "headers": [(b"host", host.encode())]})
    assert ("code" in sent[0] and sent[0]["code"] == 1008) != allowed


def test_only_scripts_of_a_template_run():
    told = f"<script nonce='{NONCE}'>ours()</script><script>alert(1)</script>"
    guarded = Guarded(Seen(told))
    nonces = set()
    for _ in range(2):
        start, body = call(guarded, request())
        headers = dict(start["headers"])
        policy = headers[b"content-security-policy"].decode()
        nonce = policy.partition("'nonce-")[2].partition("'")[0]
        scripts = policy.partition("script-src ")[2].partition(";")[0]
        assert "unsafe-inline" not in scripts and len(nonce) >= 20
        assert body["body"].decode() == f"<script nonce='{nonce}'>ours()</script><script>alert(1)</script>"
        assert headers[b"cache-control"] == b"no-store"
        nonces.add(nonce)
    assert len(nonces) == 2


def test_only_cookies_that_this_server_gave_come_through():
    seen = Seen(cookies=(b"solara-session-id=abc; Path=/; SameSite=none; Secure; HttpOnly",))
    guarded = Guarded(seen)
    given = dict(call(guarded, request())[0]["headers"])[b"set-cookie"].decode()
    assert "SameSite=Lax" in given and "HttpOnly" in given and "Secure" in given
    value = given.partition("=")[2].partition(";")[0]
    for sent, kept in (
        (f"solara-session-id={value}; other=1", f"solara-session-id={value}; other=1"),
        ("solara-session-id=abc; other=1", "other=1"),
        ("solara-session-id=abc.00000000000000000000000000000000", ""),
        (f"solara-session-id={value[:-1]}", ""),
    ):
        call(guarded, request(cookie=sent))
        assert dict(seen.scope["headers"])[b"cookie"].decode() == kept
    call(Guarded(seen), request(cookie=f"solara-session-id={value}"))  # another server's
    assert dict(seen.scope["headers"])[b"cookie"] == b""


@pytest.mark.parametrize("path", ["/peer/x", "/x"])
def test_a_path_prefix_may_be_kept_or_stripped(path):
    seen = Seen()
    guarded = Guarded(seen, Access(root_path="/peer", ancestors=("https://intranet.example.org",)))
    start = call(guarded, request(path))[0]
    assert seen.scope["path"] == "/x"
    policy = dict(start["headers"])[b"content-security-policy"].decode()
    assert policy.endswith("frame-ancestors 'self' https://intranet.example.org")
    there = call(guarded, request("/peer"))[0]
    assert there["status"] == 308 and dict(there["headers"])[b"location"] == b"/peer/"


def in_a_thread(go):
    """Run a coroutine apart from the event loop of the browser's driver."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(go())).result()


def test_a_connection_that_says_nothing_is_closed(monkeypatch):
    monkeypatch.setattr(guard, "FIRST_MESSAGE_SECONDS", 0.05)

    async def patient(scope, receive, send):
        while (await receive())["type"] != "websocket.disconnect":
            pass

    async def go():
        sent, first = [], asyncio.Event()
        first.set()

        async def receive():
            if first.is_set():
                first.clear()
                return {"type": "websocket.connect"}
            await asyncio.sleep(60)

        async def send(message):
            sent.append(message)

        guarded = Guarded(patient)
        await asyncio.wait_for(guarded(socket(None, b"127.0.0.1") | {"client": ("192.0.2.7", 1)}, receive, send), 5)
        return sent, guarded

    sent, guarded = in_a_thread(go)
    assert sent == [{"type": "websocket.close", "code": 1008}] and guarded.pages == 0 and not guarded.by_client


def test_one_address_may_not_take_all_pages():
    guarded = Guarded(inner, Access(most_pages=4))
    guarded.pages, guarded.by_client["192.0.2.7"] = 2, 2
    scope = socket(None, b"127.0.0.1")
    assert call(guarded, scope | {"client": ("192.0.2.7", 1)})[0] == {"type": "websocket.close", "code": 1013}
    assert call(guarded, scope | {"client": ("192.0.2.8", 1)})[0]["type"] == "websocket.accept"
    guarded.by_client["127.0.0.1"] = 3  # a proxy that was not named: nobody's own
    assert call(guarded, scope | {"client": ("127.0.0.1", 1)})[0]["type"] == "websocket.accept"


def test_memory_is_bounded_and_told():
    guarded = Guarded(inner, Access(most_memory=1.0))
    start, body = call(guarded, request("/healthz"))
    assert json.loads(body["body"])["status"] == "full"
    assert call(guarded, request())[0]["status"] == 503
    assert json.loads(call(Guarded(inner), request("/healthz"))[1]["body"])["status"] == "ok"


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://Plans.example.org/", "https://plans.example.org"), ("https://a.b:443", "https://a.b"),
        ("http://a.b:8080", "http://a.b:8080"), ("http://[::1]:80", "http://[::1]"),
        ("plans.example.org", None), ("https://a.b/peer", None), ("ftp://a.b", None), ("https://a.b:x", None),
        ("https://u@a.b", None), ("https://a.b?c", None), ("https://ä.b", None), ("https://", None),
        ("https://a b", None),
        ("https://a.b;script-src *", None),
    ],
)  # fmt: skip
def test_origins_are_checked_at_the_start(text, origin):
    if origin is None:
        with pytest.raises(ValueError):
            origin_of(text)
    else:
        assert origin_of(text) == origin


def test_root_paths_and_proxies_are_checked_at_the_start():
    assert [root_path_of(text) for text in ("", "/", "/peer/", "/a/b.c")] == ["", "", "/peer", "/a/b.c"]
    for text in ("peer", "/a b", '/"', "/../x", "/a//b", "/%2e", "//evil.example"):
        with pytest.raises(ValueError):
            root_path_of(text)
    for text in ("nginx", "10.0.0.0/99", ""):
        with pytest.raises(ValueError):
            network_of(text)


def test_plain_pages_escape_what_they_say():
    assert "<script>" not in page("<script>", "<script>")


def test_a_poisoned_first_request_changes_nothing_for_others(server):
    told = {k.replace("_", "-"): v for k, v in OF_PROXIES.items()}
    status, _, body = fetch(server.url, **told)
    assert status == 200 and "alert(1)" not in body
    status, _, body = fetch(server.url)
    assert status == 200 and "alert(1)" not in body and 'rootPath = ""' in body
    assert fetch(server.url, Host="evil.example")[0] == 400


def test_headers_health_and_plain_answers(server):
    status, headers, body = fetch(server.url)
    assert status == 200
    assert "<noscript>" in body and '<html lang="en">' in body and "v-progress-linear" not in body
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy and "http" not in policy and policy.count("'unsafe-inline'") == 1
    assert body.count("<script") == body.count("<script nonce=") > 5 and NONCE not in body
    assert "requirejs@2.3.7/require.js" in body and "requirejs@2.3.6" not in body  # CVE-2024-38999
    assert fetch(f"{server.url}/_solara/cdn/requirejs@2.3.7/require.js")[0] == 200
    assert all("samesite=lax" in cookie.lower() for cookie in headers.get_all("set-cookie"))
    assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "no-referrer"
    assert all("httponly" in cookie.lower() for cookie in headers.get_all("set-cookie"))
    assert json.loads(fetch(f"{server.url}/healthz")[2])["status"] == "ok"
    for path in ("/resourcez", "/nothing", "/a/b/c", "/static/../../etc/passwd", "/_solara/cdn/../../setup.py",
                 "/static/public/%2e%2e/app.py", "/jupyter/nbextensions/..%2f..%2fapp.py", "/app.py", "/%00",
                 "/_solara/cdn/requirejs@2.3.7/%2e%2e/%2e%2e/%2e%2e/style.css"):  # fmt: skip
        status, headers, body = fetch(server.url + path)
        assert status in (400, 404), path
        assert "content-security-policy" in headers, path
        assert "Traceback" not in body and "/work" not in body and "import " not in body, path


@pytest.mark.slow
def test_the_plain_command_has_the_same_guard(plain):
    told = {k.replace("_", "-"): v for k, v in OF_PROXIES.items()}
    assert "alert(1)" not in fetch(plain.url, **told)[2]
    status, headers, body = fetch(plain.url)
    assert status == 200 and body.count("<script") == body.count("<script nonce=") > 5
    assert "'nonce-" in headers["content-security-policy"]
    assert fetch(plain.url, Host="evil.example")[0] == 400 and fetch(f"{plain.url}/resourcez")[0] == 404
    address = f"{plain.url.replace('http', 'ws')}/jupyter/api/kernels/1/channels?session_id=1"
    with pytest.raises(Exception, match="403"):
        connect(address, origin="https://evil.example").close()
    connect(address, origin=plain.url).close()


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
