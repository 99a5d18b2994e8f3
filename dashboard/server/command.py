"""`peerbridge serve`: the dashboard for many people. Solara is imported when it is asked for, never before."""

from __future__ import annotations

import os
from importlib.util import find_spec

import click

from experiments.support.errors import BadInput


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8765, show_default=True, type=click.IntRange(1, 65535), help="Port to listen on.")
@click.option("--origin", "origins", multiple=True, metavar="URL", help="Public address behind a reverse proxy.")
@click.option(
    "--max-pages", default=60, show_default=True, type=click.IntRange(1, 10_000), help="Open pages at a time."
)
@click.option("--workers", type=click.IntRange(1, 256), help="Worker processes.  [default: one per core]")
def serve(host: str, port: int, origins: tuple[str, ...], max_pages: int, workers: int | None) -> None:
    """Serve the dashboard to several people; for one person, `solara run app.py` will do.

    \b
    Examples:
      peerbridge serve
      peerbridge serve --origin https://plans.example.org --max-pages 100

    Put a reverse proxy with TLS in front of it: docs/how-to/serving.md has the recipe.
    """
    if workers is not None:
        os.environ["PEERBRIDGE_WORKERS"] = str(workers)
    if find_spec("solara") is None:
        raise BadInput("the dashboard is not installed; pip install 'peerbridge[dashboard]' does that")
    from dashboard.server import serve as serving

    try:
        serving.check_port(host, port)
    except OSError as error:
        raise BadInput(f"cannot listen on {host}:{port}: {(error.strerror or 'not possible').lower()}") from None
    if host not in ("127.0.0.1", "::1", "localhost"):
        click.echo("Others can reach this server: put a TLS proxy in front (docs/how-to/serving.md).", err=True)
    click.echo(f"The dashboard is at http://{host}:{port} (Ctrl-C stops it)", err=True)
    serving.serve(host, port, origins, max_pages)
