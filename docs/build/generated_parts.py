"""Parts of a page that are written from the code stand between two marks, `<!-- begin x -->` and `<!-- end x -->`."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
WIDTH = 120
"""Characters in a line of prose."""


def between(text: str, mark: str, part: str) -> str:
    """The page with `part` between `<!-- begin mark -->` and `<!-- end mark -->`, an empty line on either side.

    Raises:
        ValueError: One of the marks is missing.
    """
    begin, end = f"<!-- begin {mark} -->", f"<!-- end {mark} -->"
    before, opened, rest = text.partition(begin)
    _, closed, after = rest.partition(end)
    if not (opened and closed):
        raise ValueError(f"the page has no mark {mark!r}")
    return f"{before}{begin}\n\n{part}\n\n{end}{after}"


def filled(path: Path, parts: Mapping[str, str]) -> dict[Path, str]:
    """The page at `path` with its generated parts written anew.

    Raises:
        ValueError: The page lacks the marks of a part.
    """
    text = path.read_text(encoding="utf-8")
    for mark, part in parts.items():
        text = between(text, mark, wrapped(part))
    return {path: text}


def wrapped(part: str) -> str:
    """The part with long lines of prose broken; tables, headings and blocks of code stay as they are."""
    out: list[str] = []
    code = False
    for line in part.splitlines():
        code ^= line.startswith("```")
        if code or len(line) <= WIDTH or line.startswith(("|", "#", "```")):
            out.append(line)
        else:
            hang = "  " if line.startswith("* ") else ""
            out += textwrap.wrap(line, WIDTH, subsequent_indent=hang, break_long_words=False, break_on_hyphens=False)
    return "\n".join(out)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; bars in cells are escaped."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |" for row in rows]
    return "\n".join(lines)
