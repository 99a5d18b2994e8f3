"""Sentences of a paper in a language: `strings/LANGUAGE.toml`, so that a translation changes no code."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from experiments.support.errors import InputError

FOLDER = Path(__file__).parent / "strings"


def languages() -> list[str]:
    """Languages that there are."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


class Sentences:
    """The sentences of one language.

    Args:
        language: Code such as "en".

    Raises:
        InputError: There are none in this language.
    """

    def __init__(self, language: str = "en") -> None:
        if language not in languages():
            raise InputError(f"there is no {language!r}; there are {', '.join(languages())}", argument="language")
        self.language = language
        self._held = _read(language)

    def __call__(self, name: str, /, **values: object) -> str:
        """The sentence of this name with values put in.

        Raises:
            KeyError: There is no such sentence, or a value is missing.
        """
        return " ".join(str(self._held[name]).format(**values).split())

    @property
    def names(self) -> list[str]:
        """Names of all sentences."""
        return list(self._held)


@cache
def _read(language: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
