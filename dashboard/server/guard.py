"""What stands between a network and Solara: which headers are believed, who may connect, how much, and for how long.

Nothing that a client sends decides for others: the public address is fixed when the server starts, headers of proxies
count only from proxies that were named, and a page's scripts run by a nonce that is new in every answer.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import hmac
import ipaddress
import json
import re
import secrets
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass, field
from html import escape
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import urlsplit

from dashboard.log import log

MOST_PAGES = 60
"""Open pages at a time; each holds some 5 MB and at most one piece of work for each question asked."""

SHARE_OF_ONE = 0.5
"""Share of the pages that one address may have open, where the address is the visitor's own."""

CLOSED_PAGES = 10
"""Pages without a connection that are kept for a visitor whose network comes back; the oldest go first."""

LARGEST_MESSAGE = 1_000_000
"""Bytes of a request or a message of a page; the pages send a few hundred."""

LONGEST_TARGET = 16_000
"""Characters of a path and its query; a link of a page has at most 8,000."""

FIRST_MESSAGE_SECONDS = 20.0
"""Within which a page says something once it is connected, and a request has come whole."""

NONCE = f"nonce-{secrets.token_hex(16)}"
"""Stands in templates where the nonce of an answer goes; never sent, so nothing from outside can hold it."""

# Vue compiles the templates of components in the browser with `new Function`, hence 'unsafe-eval'; it, Vuetify and the
# widgets set styles on elements and add style sheets, hence 'unsafe-inline' for styles. Scripts in a page need a nonce.
POLICY = (
    "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors {ancestors}"
)
HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)

OF_PROXIES = re.compile(
    rb"forwarded|x-forwarded-.*|(x-)?script-name|x-real-ip|x-original-.*|x-rewrite-url|x-http-method-override|x-host"
)
"""Headers by which proxies say what a client asked them for; anybody can send them."""

COMPRESSED = ("/static/", "/_solara/", "/jupyter/")
"""Paths of files, which are compressed once."""

SESSION = ("solara-session-id", "solara-session-id-lax")
"""Cookies in which Solara keeps whose page it is."""

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_PORTS = {"http": 80, "https": 443}


def origin_of(text: str) -> str:
    """An origin as browsers send it: "https://plans.example.org", lower case, without a usual port.

    Raises:
        ValueError: It is not the scheme, host and port of a page, in words that say what is wrong.
    """
    parts = urlsplit(text.strip())
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError(f"{text}: must begin with https:// or http:// and a host, as in https://plans.example.org")
    if parts.path not in ("", "/") or parts.query or parts.fragment or parts.username is not None:
        raise ValueError(f"{text}: is more than an origin; leave out what follows the host (a path is --root-path)")
    if not re.fullmatch(r"[a-z0-9._-]+|[0-9a-f:.]+", parts.hostname):
        raise ValueError(f"{text}: its host is not a name or an address in ASCII")
    port = parts.port  # raises ValueError for one that is none
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{port}" if port not in (None, _PORTS[parts.scheme]) else "")


def root_path_of(text: str) -> str:
    """A path prefix as "/peer", without a slash at its end; empty for none.

    Raises:
        ValueError: It is not such a path.
    """
    path = text.rstrip("/")
    if path and not re.fullmatch(r"(/[A-Za-z0-9._~-]+)+", path) or "/.." in path or "/./" in f"{path}/":
        raise ValueError(f"{text}: must be a path as in /peer, of letters, digits and . _ ~ -")
    return path


def network_of(text: str) -> Network:
    """An address, or a range of them, of a proxy.

    Raises:
        ValueError: It is neither.
    """
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ValueError(f"{text}: must be an address or a network, as in 127.0.0.1 or 10.0.0.0/8") from None


@dataclass(frozen=True, slots=True)
class Access:
    """Who may use the server and how it is reached, fixed when it starts.

    Attributes:
        origins: Public addresses, as `origin_of` gives them; their hosts are allowed.
        root_path: Path prefix under which a proxy shows it; requests may come with it or without.
        proxies: Addresses whose X-Forwarded-For and X-Forwarded-Proto are believed.
        ancestors: Origins of pages that may show this one in a frame.
        most_pages: Open pages at a time.
        most_memory: Bytes of this process from which on no further page is opened.
    """

    origins: frozenset[str] = frozenset()
    root_path: str = ""
    proxies: tuple[Network, ...] = ()
    ancestors: tuple[str, ...] = ()
    most_pages: int = MOST_PAGES
    most_memory: float = float("inf")
    _names: frozenset[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        names = {urlsplit(origin).hostname or "" for origin in self.origins}
        object.__setattr__(self, "_names", frozenset(names | {"localhost"}))

    def allows_host(self, host: str) -> bool:
        """Whether a request may be for this host: a name that was given, or an address.

        A page of somebody else's name that its owner lets point here (DNS rebinding) sends that name.
        """
        try:
            name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
            _ = urlsplit(f"//{host}").port
        except ValueError:
            return False
        if not re.fullmatch(r"[a-z0-9.:_-]+|\[[0-9a-f:.]+\](:\d+)?", host.lower()):
            return False
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return name in self._names
        return True

    def trusts(self, address: str) -> bool:
        """Whether a connection comes from a proxy that was named."""
        try:
            found = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(found in network for network in self.proxies)


class Guarded:
    """ASGI application around another: headers, hosts, origins, sizes, times, and how much may be open.

    Args:
        app: What it guards.
        access: Who may use it and how.
    """

    def __init__(self, app: Any, access: Access | None = None) -> None:
        self.app = app
        self.access = access or Access()
        self.pages = 0
        self.by_client: Counter[str] = Counter()
        self._key = secrets.token_bytes(32)
        self._refused: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or one page's websocket."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        scope = self._believed(scope)
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        else:
            await self._request(scope, receive, send)

    # ------------------------------------------------------------------------------------------ what is believed

    def _believed(self, scope: Scope) -> Scope:
        """The request without what nobody vouches for: headers of proxies, cookies that this server did not give."""
        told = {k.lower(): v for k, v in scope["headers"] if OF_PROXIES.fullmatch(k.lower())}
        headers = [(k, v) for k, v in scope["headers"] if k.lower() not in told]
        headers = [(k, self._own_cookies(v)) if k.lower() == b"cookie" else (k, v) for k, v in headers]
        client = scope.get("client") or ("", 0)
        found = {**scope, "headers": headers, "root_path": "", "client": client}
        if self.access.trusts(client[0]):
            proto = told.get(b"x-forwarded-proto", b"").decode("latin-1").lower()
            if proto == "https":
                found["scheme"] = "https" if scope["type"] == "http" else "wss"
            found["client"] = (self._client(told.get(b"x-forwarded-for", b"").decode("latin-1"), client[0]), 0)
        prefix, path = self.access.root_path, scope["path"]
        if prefix and path.startswith(f"{prefix}/"):
            found["path"] = path[len(prefix) :]
            raw = scope.get("raw_path")
            if raw and raw.startswith(f"{prefix}/".encode()):
                found["raw_path"] = raw[len(prefix) :]
        return found

    def _client(self, chain: str, nearest: str) -> str:
        """The last address of the chain that is not one of our proxies."""
        for address in reversed([part.strip() for part in chain.split(",")]):
            try:
                ipaddress.ip_address(address)
            except ValueError:
                return nearest
            if not self.access.trusts(address):
                return address
        return nearest

    def _signature(self, name: str) -> str:
        return hmac.new(self._key, name.encode(), hashlib.sha256).hexdigest()[:32]

    def _own_cookies(self, header: bytes) -> bytes:
        kept = []
        for part in header.decode("latin-1").split(";"):
            name, _, value = part.strip().partition("=")
            if name in SESSION:
                given, _, signature = value.rpartition(".")
                if not hmac.compare_digest(signature.encode(), self._signature(given).encode()):
                    continue
            kept.append(part.strip())
        return "; ".join(kept).encode("latin-1")

    def _cookie(self, value: bytes) -> bytes:
        """A cookie of Solara's as this server gives it: signed, and of this site only unless it may be framed."""
        try:
            held = SimpleCookie(value.decode("latin-1"))
        except CookieError:
            return value
        for name, cookie in held.items():
            if name in SESSION and "." not in cookie.value:
                held[name] = f"{cookie.value}.{self._signature(cookie.value)}"  # keeps what else is said of it
            cookie["samesite"] = "None" if self.access.ancestors and cookie["secure"] else "Lax"
            cookie["path"] = f"{self.access.root_path}/"
            cookie["expires"] = ""  # it ends with the browser
        return held.output(header="").strip().encode("latin-1")

    def own(self, scope: Scope) -> bool:
        """Whether a websocket comes from a page of this server; browsers always say, other programs need not."""
        headers = dict(scope["headers"])
        origin = headers.get(b"origin", b"").decode("latin-1").lower()
        host = headers.get(b"host", b"").decode("latin-1").lower()
        return not origin or urlsplit(origin).netloc == host != "" or origin in self.access.origins

    def _host_is_allowed(self, scope: Scope) -> bool:
        hosts = [v.decode("latin-1") for k, v in scope["headers"] if k == b"host"]
        if len(hosts) == 1 and self.access.allows_host(hosts[0]):
            return True
        said = "".join(c for c in (hosts or ["(none)"])[0] if c.isprintable())[:80]
        if said not in self._refused and len(self._refused) < 20:
            self._refused.add(said)
            log.warning("a request for the host %r was refused; --origin https://%s would allow it", said, said)
        return False

    # ------------------------------------------------------------------------------------------------- websockets

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        client = scope["client"][0]
        refused = 0
        if not self._host_is_allowed(scope) or not self.own(scope):
            refused = 1008
        elif self.is_full() or (self._is_one(client) and self.by_client[client] >= self._most_of_one()):
            refused = 1013
        if refused:
            await receive()
            await send({"type": "websocket.close", "code": refused})
            return
        self.pages += 1
        self.by_client[client] += 1
        try:
            await close_oldest(self.access.most_pages + CLOSED_PAGES)
            await self.app(scope, _impatient(receive, send), send)
        finally:
            self.pages -= 1
            self.by_client[client] -= 1
            self.by_client += Counter()  # without those that have none

    def _most_of_one(self) -> int:
        return max(1, round(SHARE_OF_ONE * self.access.most_pages))

    def _is_one(self, client: str) -> bool:
        """Whether an address is a visitor's; behind a proxy that was not named all come from the same one."""
        try:
            return not ipaddress.ip_address(client).is_loopback
        except ValueError:
            return False

    def is_full(self) -> bool:
        """Whether no further page may be opened."""
        return self.pages >= self.access.most_pages or memory() > self.access.most_memory

    # --------------------------------------------------------------------------------------------------- requests

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        nonce = secrets.token_urlsafe(18)
        send = self._dressed(scope, send, nonce)
        length = dict(scope["headers"]).get(b"content-length", b"0")
        path, home = scope["path"], f"{self.access.root_path}/"
        if path == "/healthz":  # for probes, which come by any name
            status, facts = self.health()
            await _say(send, status, json.dumps(facts), b"application/json")
        elif not self._host_is_allowed(scope):
            text = "The dashboard is not served under this name. Whoever runs it allows names with --origin."
            await _say(send, 400, page("This is not the address of the dashboard", text, home))
        elif path == "/resourcez" or path.startswith("/_solara/api/evict/"):  # no visitor's business
            await _say(send, 404, page("There is no such page", "The address is not one of this dashboard.", home))
        elif path == self.access.root_path != "":
            await _say(send, 308, "", more=[(b"location", home.encode())])
        elif len(path) + len(scope.get("query_string", b"")) > LONGEST_TARGET:
            await _say(send, 414, page("This link is too long", "The dashboard takes no links of that length.", home))
        elif not (length.isascii() and length.isdigit() and len(length) < 10) or int(length) > LARGEST_MESSAGE:
            await _say(send, 413, page("This is too large", "The dashboard takes no uploads of that size.", home))
        elif scope["method"] not in ("GET", "HEAD", "POST"):
            await _say(send, 405, page("This cannot be done here", "Open the page in a browser.", home))
        elif path == "/" and self.is_full():
            text = "Too many people are here at the moment. Wait a few minutes and reload: your link keeps your plan."
            await _say(send, 503, page("Please come back in a moment", text, home), more=[(b"retry-after", b"120")])
        else:
            if not path.startswith(COMPRESSED):  # a page gets its nonce before it is compressed, in `_dressed`
                scope["headers"] = [(k, v) for k, v in scope["headers"] if k != b"accept-encoding"]
            await self.app(scope, _bounded(receive), send)

    def _dressed(self, scope: Scope, send: Send, nonce: str) -> Send:
        """Add the headers, and put the answer's nonce where the templates ask for it."""
        ancestors = " ".join(("'self'", *self.access.ancestors))
        policy = POLICY.format(nonce=nonce, ancestors=ancestors).encode()
        mark, given = NONCE.encode(), nonce.encode()
        zipped = b"gzip" in dict(scope["headers"]).get(b"accept-encoding", b"")
        held: list[Message] = []
        body = bytearray()

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [(k, self._cookie(v) if k.lower() == b"set-cookie" else v) for k, v in message["headers"]]
                headers += [(b"content-security-policy", policy), *HEADERS]
                message = {**message, "headers": headers}
                kind = dict(headers).get(b"content-type", b"")
                if kind.startswith(b"text/html") and scope["method"] != "HEAD":
                    held.append(message)
                    return
            elif message["type"] == "http.response.body" and held:
                body.extend(message.get("body", b""))
                if message.get("more_body"):
                    return
                start = held.pop()
                whole = bytes(body).replace(mark, given)
                other = (b"content-length", b"cache-control")
                start["headers"] = [(k, v) for k, v in start["headers"] if k.lower() not in other]
                if zipped and len(whole) > 1_000:
                    whole = gzip.compress(whole, compresslevel=6, mtime=0)
                    start["headers"].append((b"content-encoding", b"gzip"))
                start["headers"] += [(b"content-length", b"%d" % len(whole)), (b"cache-control", b"no-store")]
                start["headers"].append((b"vary", b"accept-encoding"))
                await send(start)
                message = {**message, "body": whole, "more_body": False}
            await send(message)

        return with_headers

    def health(self) -> tuple[int, dict[str, Any]]:
        """Status and facts of `/healthz`: 503 where no run can be made."""
        from dashboard.compute.pool import POOL

        works = not POOL.is_broken()
        status = "no workers" if not works else "full" if self.is_full() else "ok"
        facts = {"status": status, "pages": self.pages, "kept": len(_kernels()), "memory_mb": round(memory() / 2**20)}
        return 200 if works else 503, facts


def _impatient(receive: Receive, send: Send) -> Receive:
    """Messages of a page; a connection over which none comes at first is closed."""
    heard = 0

    async def next_one() -> Message:
        nonlocal heard
        if heard >= 2:  # "connect", and what the page said
            return await receive()
        try:
            message = await asyncio.wait_for(receive(), FIRST_MESSAGE_SECONDS)
        except TimeoutError:
            await send({"type": "websocket.close", "code": 1008})
            return {"type": "websocket.disconnect", "code": 1008}
        heard += 1
        return message

    return next_one


def _bounded(receive: Receive) -> Receive:
    """A request's body: not larger than allowed, whatever its length was said to be, and not slower."""
    size, end = 0, time.monotonic() + FIRST_MESSAGE_SECONDS
    whole = False

    async def next_one() -> Message:
        nonlocal size, whole
        if whole:
            return await receive()
        try:
            message = await asyncio.wait_for(receive(), max(0.01, end - time.monotonic()))
        except TimeoutError:
            return {"type": "http.disconnect"}
        size += len(message.get("body", b""))
        whole = not message.get("more_body", False)
        return message if size <= LARGEST_MESSAGE else {"type": "http.disconnect"}

    return next_one


def _kernels() -> list[Any]:
    """What Solara keeps of each page, oldest first."""
    from solara.server import kernel_context

    return list(kernel_context.contexts.values())


async def close_oldest(most: int) -> None:
    """Close pages that nobody is connected to, oldest first, so that at most `most` are kept."""
    from solara.server.kernel_context import PageStatus

    kept = _kernels()
    left = [one for one in kept if one.page_status and PageStatus.CONNECTED not in one.page_status.values()]
    for one in left[: max(0, len(kept) - most)]:
        # On a thread: it waits for a lock that is held while a page is sent something, which needs this event loop.
        await asyncio.to_thread(one.close, "server is full")


def memory() -> int:
    """Bytes of memory that this process holds; 0 where the system does not say."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * 4096
    except (OSError, ValueError, IndexError):
        return 0


async def _say(
    send: Send,
    status: int,
    text: str,
    kind: bytes = b"text/html; charset=utf-8",
    more: Iterable[tuple[bytes, bytes]] = (),
) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", kind), *more]})
    await send({"type": "http.response.body", "body": text.encode()})


def page(title: str, text: str, home: str = "/") -> str:
    """A whole page with one plain sentence."""
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)} · Peerbridge</title>"
        "<body style='font-family:system-ui;max-width:40rem;margin:4rem auto;padding:0 1rem'>"
        f"<h1>{escape(title)}</h1><p>{escape(text)}</p><p><a href='{escape(home)}'>Open the dashboard</a></p>"
    )
