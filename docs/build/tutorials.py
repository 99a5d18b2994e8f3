"""Runs the tutorials in docs/tutorials and writes what they print under each step.

Blocks: ```console runs each line after `$ ` (`exit=N` for the exit code of the last; `volatile` where what is printed
differs from time to time and is not kept); ```python runs in one session per page, and the ```text block after it shows
what it printed; ```toml file=NAME is saved under that name. All in an empty folder per page.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from docs.build.generated_parts import DOCS, ROOT
from docs.build.registry import Files, page

PAGES = sorted((DOCS / "tutorials").glob("*.md"))

BLOCK = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class StepFailed(Exception):
    """A step of a tutorial did not end as it says."""


def run_page(text: str) -> str:
    """The page with what its steps print now.

    Raises:
        StepFailed: A command ended with another exit code, or Python code raised.
    """
    with tempfile.TemporaryDirectory() as name, contextlib.chdir(name):
        folder = Path(name)
        environment = _environment(folder)
        session: dict[str, object] = {"__name__": "tutorial"}
        printed: list[str] = []

        def replace(block: re.Match[str]) -> str:
            kind, options, body = block[1], block[2].split(), block[3]
            if kind == "toml" and options and options[0].startswith("file="):
                (folder / options[0].removeprefix("file=")).write_text(body, encoding="utf-8")
            elif kind == "console":
                body = _console(body, options, environment)
            elif kind == "python":
                printed[:] = [_python(body, session, environment)]
            elif kind == "text" and printed:
                body = printed.pop()
            return f"```{kind}{block[2]}\n{body}```"

        return BLOCK.sub(replace, text)


def _environment(folder: Path) -> dict[str, str]:
    """An environment in which `peerbridge` is this checkout's, whatever is installed."""
    bin_folder = folder / ".bin"
    bin_folder.mkdir()
    command = bin_folder / "peerbridge"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m experiments.cli "$@"\n')
    command.chmod(0o755)
    path = f"{bin_folder}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "COLUMNS": "100", "NO_COLOR": "1"}


def _console(body: str, options: list[str], environment: dict[str, str]) -> str:
    commands = [line.removeprefix("$ ") for line in body.splitlines() if line.startswith("$ ")]
    wanted = next((int(o.removeprefix("exit=")) for o in options if o.startswith("exit=")), 0)
    out = []
    for i, command in enumerate(commands):
        done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, env=environment, check=False)
        expected = wanted if i == len(commands) - 1 else 0
        if done.returncode != expected:
            raise StepFailed(f"{command}: exit code {done.returncode}, not {expected}\n{done.stdout}{done.stderr}")
        out.append(f"$ {command}\n")
        if "volatile" not in options:
            shown = done.stdout + (done.stderr if expected else "")
            out.append("".join(f"{line.rstrip()}\n" for line in shown.splitlines()))
    return "".join(out)


def _python(body: str, session: dict[str, object], environment: dict[str, str]) -> str:
    before = os.environ["PATH"], os.environ.get("PYTHONPATH")
    os.environ.update(PATH=environment["PATH"], PYTHONPATH=environment["PYTHONPATH"])
    out = io.StringIO()
    try:
        with contextlib.redirect_stdout(out):
            exec(compile(body, "tutorial", "exec"), session)
    except Exception as error:  # whatever a step of a page raises is a fault of the page
        raise StepFailed(f"{type(error).__name__}: {error}\n{body}") from error
    finally:
        os.environ["PATH"] = before[0]
        if before[1] is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before[1]
    return out.getvalue()


@page("tutorials", long=True)
def tutorials() -> Files:
    """The tutorials with what their steps print now."""
    return {path: run_page(path.read_text(encoding="utf-8")) for path in PAGES}
