"""The dashboard for many people: Solara behind `guard`, with plain answers to errors."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from dashboard.log import log, reference
from dashboard.server.guard import FIRST_MESSAGE_SECONDS, LARGEST_MESSAGE, Access, Guarded, page
from experiments.support.machine import allowed_memory

APP = "dashboard.application"

MEMORY_SHARE = 0.7
"""Share of the memory that the process may use from which on no further page is opened."""

SOCKETS_PER_PAGE = 8
"""Connections that the server takes for each page that may be open: browsers open six at a time."""


class Punctual(H11Protocol):  # type: ignore[misc]  # uvicorn's protocol is not typed
    """HTTP whose requests must have come whole, up to their headers, after a while; others are disconnected."""

    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Take a connection; its first request is due."""
        super().connection_made(transport)
        self._wait_for_headers()

    def data_received(self, data: bytes) -> None:
        """Take bytes; stop the clock when the headers are whole, start it with the first bytes of a request."""
        super().data_received(data)
        waiting = self.conn.their_state is h11.IDLE and bool(self.conn.trailing_data[0])
        if not waiting and self._timer is not None:
            self._timer.cancel()
            self._timer = None
        elif waiting and self._timer is None:
            self._wait_for_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget a connection."""
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def _wait_for_headers(self) -> None:
        self._timer = self.loop.call_later(FIRST_MESSAGE_SECONDS, self.transport.close)


def application(access: Access | None = None) -> Any:
    """The ASGI application, for any ASGI server.

    Args:
        access: Who may use it and how it is reached.
    """
    access = access or Access()
    os.environ["SOLARA_APP"] = APP
    from dashboard.compute.pool import POOL
    from dashboard.server import solara_setup

    solara_setup.apply()
    solara_setup.fix_address(access)
    from solara.server import starlette as solara_starlette
    from starlette.applications import Starlette
    from starlette.responses import HTMLResponse

    home = f"{access.root_path}/"

    async def missing(*_: Any) -> HTMLResponse:
        return HTMLResponse(page("There is no such page", "The address is not one of this dashboard.", home), 404)

    async def broken(_: Any, error: Exception) -> HTMLResponse:
        number = reference()
        log.error("reference %s", number, exc_info=error)
        text = f"Reload the page. Reference: {number}."
        return HTMLResponse(page("Something went wrong on our side", text, home), 500)

    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[None]:
        async with solara_starlette.lifespan(app):
            yield
        POOL.reset(wait=True)

    inner = Starlette(
        routes=solara_starlette.routes,
        lifespan=lifespan,
        middleware=solara_starlette.middleware,
        exception_handlers={404: missing, 405: missing, 500: broken},
    )
    return Guarded(inner, access)  # outside everything: errors have its headers too


def check_port(host: str, port: int) -> None:
    """See whether the port can be listened on.

    Raises:
        OSError: It is not free, or not ours.
    """
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))


def serve(host: str, port: int, access: Access | None = None) -> None:
    """Serve until stopped.

    Args:
        host: Address to listen on; a loopback address keeps it to this machine and its reverse proxy.
        port: TCP port.
        access: Who may use it and how it is reached.
    """
    import uvicorn

    access = access or Access()
    most = allowed_memory()
    if most is not None and access.most_memory == float("inf"):
        access = replace(access, most_memory=MEMORY_SHARE * most)
    uvicorn.run(
        application(access),
        host=host,
        port=port,
        http=Punctual,
        log_level="warning",
        server_header=False,
        proxy_headers=False,  # `Guarded` reads them, of proxies that were named
        limit_concurrency=SOCKETS_PER_PAGE * access.most_pages + 50,
        ws_max_size=LARGEST_MESSAGE,
        timeout_graceful_shutdown=3,
    )
