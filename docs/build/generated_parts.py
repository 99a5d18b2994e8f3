"""Parts of a page that are written from the code stand between two marks."""

from __future__ import annotations


def between(text: str, mark: str, part: str) -> str:
    """The page with `part` between `<!-- begin mark -->` and `<!-- end mark -->`.

    Raises:
        ValueError: One of the marks is missing.
    """
    begin, end = f"<!-- begin {mark} -->", f"<!-- end {mark} -->"
    before, opened, rest = text.partition(begin)
    _, closed, after = rest.partition(end)
    if not (opened and closed):
        raise ValueError(f"the page has no mark {mark!r}")
    return f"{before}{begin}\n{part}\n{end}{after}"
