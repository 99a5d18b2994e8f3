"""A trial file checked against the tables of its format; errors are one line."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NoReturn

from pydantic import ValidationError

from scenarios.key_lines import KeyPath
from scenarios.loader import clean_text
from scenarios.toml_files import ScenarioError, ScenarioFile
from scenarios.trial_files.schema import DESCRIBED, TrialTable, explain, nearest_word


class Reader:
    """One trial file whose tables and keys are as they must be.

    Raises:
        ScenarioError: They are not; the message is one line.
    """

    def __init__(self, file: ScenarioFile) -> None:
        self.file = file
        if not file.data.keys() - {"schema"}:
            raise ScenarioError(
                f"{file.label}: is empty; a trial needs title, [enrolment], [arms.NAME] and [outcomes.NAME]"
            )
        try:
            self.table = TrialTable.model_validate(file.data)
        except ValidationError as error:
            problems = dict(explain(detail) for detail in reversed(error.errors(include_url=False)))
            first = min(problems, key=lambda path: self.line(path) or 10**9)
            more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
            self.bad(first, problems[first] + more)
        for key in DESCRIBED:
            for text in [value] if isinstance(value := getattr(self.table, key), str) else value:
                if text != clean_text(text):
                    self.bad((key,), f"{key}: must have at most 4,000 characters and no control characters")
        for what in ("arms", "outcomes"):
            for name, entry in getattr(self.table, what).items():
                title = getattr(entry, "title", None) or ""
                if title != clean_text(title) or "\n" in title:
                    self.bad((what, name, "title"), f"{what}.{name}.title: must have no control characters")
                if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 _-]{0,39}", name):
                    self.bad(
                        (what, name), f"{what}: a name has 1 to 40 letters, digits, spaces, - or _; got {name[:60]!r}"
                    )

    def line(self, path: KeyPath) -> int:
        """Line on which a key, or else the table around it, stands; 0 if neither does."""
        return next((self.file.lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in self.file.lines), 0)

    def bad(self, path: KeyPath, message: str) -> NoReturn:
        """Refuse the file because of the key `path`."""
        line = self.line(path)
        raise ScenarioError(f"{self.file.label}{f', line {line}' if line else ''}: {message}")

    def unknown(self, name: str, allowed: Iterable[str], what: str) -> str:
        """Words for a name that is not among those allowed."""
        words = ", ".join(f'"{word}"' for word in allowed)
        return f'"{name[:60]}" is no {what}{nearest_word(name, words)}; there are {words}'
