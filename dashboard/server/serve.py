"""The dashboard for many people: Solara behind headers, an Origin check, limits and a health route."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, MutableMapping
from contextlib import asynccontextmanager
from html import escape
from typing import Any
from urllib.parse import urlsplit

from dashboard.log import log, reference

APP = "dashboard.application"
MOST_PAGES = 60
"""Open pages at a time; each holds some 5 MB and at most one piece of work for each question asked."""

LARGEST_MESSAGE = 1_000_000
"""Bytes of a request or a message of a page; the pages send a few hundred."""

# Vue compiles templates in the browser, hence 'unsafe-eval'; nothing is ever loaded from another host.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'self'"
)
HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)

CLOSED_TO_ALL = ("/resourcez", "/_solara/api/evict/{kernel_id}")
"""Routes of Solara that tell or do what is no visitor's business."""

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Guarded:
    """Middleware: security headers, Origin of websockets, sizes, and how many pages may be open.

    Args:
        app: What it guards.
        origins: Origins besides the server's own from which pages may talk to it, as "https://plans.example.org".
        most_pages: Pages that may be open at a time.
    """

    def __init__(self, app: Any, origins: Iterable[str] = (), most_pages: int = MOST_PAGES) -> None:
        self.app = app
        self.origins = {origin.rstrip("/").lower() for origin in origins}
        self.most_pages = most_pages
        self.pages = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or one page's websocket."""
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        elif scope["type"] == "http":
            await self._request(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self.own(scope) or self.pages >= self.most_pages:
            await receive()
            await send({"type": "websocket.close", "code": 1008 if not self.own(scope) else 1013})
            return
        self.pages += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self.pages -= 1

    def own(self, scope: Scope) -> bool:
        """Whether a websocket comes from a page of this server; browsers always say, other programs need not."""
        headers = dict(scope["headers"])
        origin = headers.get(b"origin", b"").decode("latin-1").lower()
        host = headers.get(b"host", b"").decode("latin-1").lower()
        return not origin or urlsplit(origin).netloc == host != "" or origin in self.origins

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *HEADERS]}
            await send(message)

        length = dict(scope["headers"]).get(b"content-length", b"0")
        path = scope["path"]
        if path == "/healthz":
            await _say(with_headers, 200, json.dumps({"status": "ok", "pages": self.pages}), b"application/json")
        elif not length.isdigit() or int(length) > LARGEST_MESSAGE:
            await _say(with_headers, 413, page("This is too large", "The dashboard takes no uploads of that size."))
        elif scope["method"] not in ("GET", "HEAD", "POST"):
            await _say(with_headers, 405, page("This cannot be done here", "Open the page in a browser."))
        elif path == "/" and self.pages >= self.most_pages:
            text = "Too many people are here at the moment. Wait a few minutes and reload: your link keeps your plan."
            await _say(with_headers, 503, page("Please come back in a moment", text))
        else:
            await self.app(scope, receive, with_headers)


async def _say(send: Send, status: int, text: str, kind: bytes = b"text/html; charset=utf-8") -> None:
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", kind)]})
    await send({"type": "http.response.body", "body": text.encode()})


def page(title: str, text: str) -> str:
    """A whole page with one plain sentence."""
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)} · Peerbridge</title>"
        "<body style='font-family:system-ui;max-width:40rem;margin:4rem auto;padding:0 1rem'>"
        f"<h1>{escape(title)}</h1><p>{escape(text)}</p><p><a href='/'>Open the dashboard</a></p>"
    )


def application(origins: Iterable[str] = (), most_pages: int = MOST_PAGES) -> Any:
    """The ASGI application, for any ASGI server."""
    os.environ["SOLARA_APP"] = APP
    from dashboard.compute.pool import POOL
    from dashboard.server import solara_setup

    solara_setup.apply()
    from solara.server import starlette as solara_starlette
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.responses import HTMLResponse

    async def missing(*_: Any) -> HTMLResponse:
        return HTMLResponse(page("There is no such page", "The address is not one of this dashboard."), 404)

    async def broken(_: Any, error: Exception) -> HTMLResponse:
        number = reference()
        log.error("reference %s", number, exc_info=error)
        return HTMLResponse(page("Something went wrong on our side", f"Reload the page. Reference: {number}."), 500)

    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[None]:
        async with solara_starlette.lifespan(app):
            yield
        POOL.reset(wait=True)

    routes = [route for route in solara_starlette.routes if getattr(route, "path", "") not in CLOSED_TO_ALL]
    return Starlette(
        routes=routes,
        lifespan=lifespan,
        middleware=[
            Middleware(Guarded, origins=tuple(origins), most_pages=most_pages),
            *solara_starlette.middleware,
        ],
        exception_handlers={404: missing, 405: missing, 500: broken},
    )


def check_port(host: str, port: int) -> None:
    """See whether the port can be listened on.

    Raises:
        OSError: It is not free, or not ours.
    """
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))


def serve(host: str, port: int, origins: Iterable[str] = (), most_pages: int = MOST_PAGES) -> None:
    """Serve until stopped.

    Args:
        host: Address to listen on; a loopback address keeps it to this machine and its reverse proxy.
        port: TCP port.
        origins: See `Guarded`.
        most_pages: See `Guarded`.
    """
    import uvicorn

    uvicorn.run(
        application(origins, most_pages),
        host=host,
        port=port,
        log_level="warning",
        server_header=False,
        ws_max_size=LARGEST_MESSAGE,
        timeout_graceful_shutdown=3,
    )
