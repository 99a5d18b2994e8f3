"""A server of the dashboard and the browser that looks at it, for benchmarks, pictures and tests."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.timing import ROOT

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
"""The machine's own browser; None where there is none."""


def free_port() -> int:
    """A port of this machine that nothing listens on."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port: int = s.getsockname()[1]
        return port


def wait(process: subprocess.Popen[str], url: str, seconds: float = 60) -> None:
    """Wait until the server of `process` answers.

    Raises:
        RuntimeError: It ended, or did not answer in time.
    """
    until = time.monotonic() + seconds
    while True:
        try:
            urllib.request.urlopen(f"{url}/readyz", timeout=1).close()  # Solara's own: also there without `serve`
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError("the server did not start") from None
            time.sleep(0.05)  # then ask again, until `until`


@contextmanager
def started() -> Iterator[str]:
    """`peerbridge serve` with its usual settings; its address."""
    port = free_port()
    command = [sys.executable, "-m", "experiments.cli", "serve", "--port", str(port)]
    server = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, text=True)
    try:
        wait(server, url := f"http://127.0.0.1:{port}")
        yield url
    finally:
        server.terminate()
        server.wait(20)
