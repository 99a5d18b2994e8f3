"""`peerbridge serve`: the dashboard for many people. Solara is imported when it is asked for, never before."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib.util import find_spec
from typing import TypeVar

import click

from experiments.support.errors import InputError

T = TypeVar("T")


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8765, show_default=True, type=click.IntRange(1, 65535), help="Port to listen on.")
@click.option(
    "--origin", "origins", multiple=True, metavar="URL", help="Public address, as in https://plans.example.org."
)
@click.option("--root-path", default="", metavar="PATH", help="Path under which a proxy shows it, as in /peer.")
@click.option(
    "--proxy-headers", "proxies", multiple=True, metavar="ADDRESS",
    help="Believe X-Forwarded-For and X-Forwarded-Proto of a proxy at this address or network.",
)  # fmt: skip
@click.option(
    "--frame-ancestor", "ancestors", multiple=True, metavar="URL", help="Pages of this origin may show it in a frame."
)
@click.option(
    "--max-pages", default=60, show_default=True, type=click.IntRange(1, 10_000), help="Open pages at a time."
)
@click.option("--workers", type=click.IntRange(1, 256), help="Worker processes.  [default: one per core]")
def serve(
    host: str, port: int, origins: tuple[str, ...], root_path: str, proxies: tuple[str, ...],
    ancestors: tuple[str, ...], max_pages: int, workers: int | None,
) -> None:  # fmt: skip
    """Serve the dashboard to several people; for one person, `solara run app.py` will do.

    It answers to addresses such as 127.0.0.1 and to localhost; another name must be given with --origin.

    \b
    Examples:
      peerbridge serve
      peerbridge serve --origin https://plans.example.org --max-pages 100
      peerbridge serve --origin https://intranet.example.org --root-path /peer --proxy-headers 127.0.0.1

    Put a reverse proxy with TLS in front of it: docs/how-to/serving.md has recipes for nginx and Caddy.
    """
    if workers is not None:
        os.environ["PEERBRIDGE_WORKERS"] = str(workers)
    if find_spec("solara") is None:
        raise InputError("the dashboard is not installed; pip install 'peerbridge[dashboard]' does that")
    from dashboard.server.guard import Access, network_of, origin_of, root_path_of

    access = Access(
        origins=frozenset(_each("--origin", origins, origin_of)),
        root_path=_each("--root-path", [root_path], root_path_of)[0],
        proxies=tuple(_each("--proxy-headers", proxies, network_of)),
        ancestors=tuple(_each("--frame-ancestor", ancestors, origin_of)),
        most_pages=max_pages,
    )
    from dashboard.server import serve as serving

    try:
        serving.check_port(host, port)
    except OSError as error:
        raise InputError(f"cannot listen on {host}:{port}: {(error.strerror or 'not possible').lower()}") from None
    if host not in ("127.0.0.1", "::1", "localhost"):
        click.echo(
            "Others can reach this server: put a reverse proxy with TLS in front (docs/how-to/serving.md).", err=True
        )
    shown = [f"http://{host}:{port}{access.root_path}", *(f"{o}{access.root_path}" for o in sorted(access.origins))]
    click.echo(f"The dashboard is at {' and '.join(shown)} (Ctrl-C stops it)", err=True)
    serving.serve(host, port, access)


def _each(option: str, given: tuple[str, ...] | list[str], read: Callable[[str], T]) -> list[T]:
    try:
        return [read(text) for text in given]
    except ValueError as error:
        raise InputError(f"{option} {error}") from None
