"""Results as HTML for notebooks: a line that says what it is, and a short table."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

MOST_ROWS = 24
"""Rows that are shown at most."""


def table_html(caption: str, columns: Sequence[str], rows: Sequence[Sequence[str]], whole: str) -> str:
    """A caption and a table; all text is escaped.

    Args:
        caption: What the result is, in a sentence.
        columns: Heads of the columns.
        rows: Cells as text; the first `MOST_ROWS` are shown.
        whole: Where every row is, said if some are left out: "differences()".
    """
    import pandas as pd

    table = pd.DataFrame(list(rows[:MOST_ROWS]), columns=list(columns)).to_html(index=False, border=0)
    left = len(rows) - MOST_ROWS
    more = f"<p>{left:,} more rows: {escape(whole)} has all.</p>" if left > 0 else ""
    return f"<p>{escape(caption)}</p>{table}{more}"
