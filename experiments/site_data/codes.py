"""Words for the same thing: headers, codes and markers of missing values as hospitals write them."""

from __future__ import annotations

import difflib
import functools
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from experiments.site_data.schema import Column

FOLDER = Path(__file__).parent
LONGEST_MARKER = 24


@functools.cache
def words() -> dict[str, Any]:
    """What `words.toml` holds."""
    return tomllib.loads((FOLDER / "words.toml").read_text(encoding="utf-8"))


def plain(text: str) -> str:
    """Lower case without accents; every run of signs that are no letter or digit, of any script, is a space."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(c for c in letters if not unicodedata.combining(c))
    return re.sub(r"(?:[^\w<>]|_)+", " ", bare).strip()


@functools.cache
def _missing() -> frozenset[str]:
    return frozenset(words()["missing"])


def is_missing(text: str) -> bool:
    """Whether a cell says that nothing is known: empty, NULL, N/A, nan, "unknown", a dash, a question mark."""
    if text and (len(text) > LONGEST_MARKER or text[0].isdigit()):
        return False  # told without folding: a large table has millions of other cells
    return text == "" or (plain(text).strip("<> ") in _missing() and not text.isdigit())


def is_no_key(text: str) -> bool:
    """Whether a key stands for nobody in particular: a missing marker, or nothing but zeros."""
    return is_missing(text) or not text.strip("0-._ /")


def is_one_sign(text: str) -> bool:
    """Whether a key is one sign several times (99999, xxxx): possibly a word for nobody."""
    return len(set(text.lower())) == 1 and (len(text) > 2 or text in ("1", "9", "99"))


def known_codes(column: Column) -> dict[str, str]:
    """Plain word to code, as hospitals write them."""
    found = {plain(word): word for word in column.words}
    for code, others in words()["codes"].get(column.name, {}).items():
        found |= {plain(word): code for word in others}
    return found


def nearest_code(text: str, column: Column, mapped: Iterable[str] = ()) -> str:
    """The code that a word probably means, or ""."""
    word = plain(text)
    for code, others in words()["hints"].get(column.name, {}).items():
        if word in others:
            return str(code)
    known = known_codes(column) | {plain(one): one for one in mapped}
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.75)
    return known[near[0]] if near else ""


def match_headers(header: Iterable[str], columns: Iterable[Column]) -> tuple[dict[str, int], list[str]]:
    """Which column of a table holds each field.

    Args:
        header: Names in the table.
        columns: Fields wanted.

    Returns: Field to place, and fields for which several columns would do equally well.
    """
    names = [plain(name) for name in header]
    lists: Mapping[str, list[str]] = words()["columns"]
    found: dict[str, int] = {}
    several: list[str] = []
    for column in columns:
        wanted = list(dict.fromkeys([plain(column.name), *lists.get(column.name, [])]))
        places = [(wanted.index(name), place) for place, name in enumerate(names) if name in wanted]
        if not places:
            near = [
                (difflib.SequenceMatcher(None, name, plain(column.name)).ratio(), -place)
                for place, name in enumerate(names)
                if name and place not in found.values()
            ]
            ratio, place = max(near, default=(0.0, 0))
            if ratio >= 0.86:
                found[column.name] = -place
            continue
        places.sort()
        exact = places[0][0] == 0
        if len(places) > 1 and not exact:
            several.append(column.name)
        found[column.name] = places[0][1]
    return found, several
