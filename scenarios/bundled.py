"""Resolve a bundled file by its name, or any other by its path."""

from __future__ import annotations

import difflib
import os
from collections.abc import Sequence
from pathlib import Path

from scenarios.toml_files import ScenarioError, about_path

LONGEST_PATH = 4_096


def find(
    name_or_path: str | os.PathLike[str],
    library: Path,
    names: Sequence[str],
    words: tuple[str, str],
    within: Path = Path(),
) -> tuple[Path, str]:
    """Path of a file, and what to call it in a message.

    Args:
        name_or_path: A bundled name, or a path relative to `within`.
        library: Folder of the bundled files.
        names: Bundled names.
        words: What such a file is called, one and several: "study", "studies".
        within: Folder that a path begins in.

    Raises:
        ScenarioError: There is no such thing; the nearest name is offered.
    """
    text = os.fspath(name_or_path)
    if isinstance(name_or_path, str) and text in names:
        return library / f"{text}.toml", f"{text}.toml (bundled)"
    if "\0" in text or len(text) > LONGEST_PATH:
        raise ScenarioError(f"{text[:60]}...: cannot be a path (a zero byte, or more than {LONGEST_PATH:,} characters)")
    path = within / text
    if not text or not os.path.lexists(path):
        if backslashes := about_path(text):
            raise ScenarioError(f"{path}: no such {words[0]} or file{backslashes}")
        stem = Path(text).name.removesuffix(".toml").lower()
        near = difflib.get_close_matches(stem, names, n=1, cutoff=0.5)
        hint = f'did you mean "{near[0]}"?' if near else f"bundled {words[1]} are {', '.join(names)}"
        raise ScenarioError(f"{path if text else 'the empty name'}: no such {words[0]} or file; {hint}")
    return path, str(path)
