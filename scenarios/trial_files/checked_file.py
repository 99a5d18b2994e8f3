"""A trial file checked against the tables of its format; errors are one line."""

from __future__ import annotations

import re

from scenarios.checked_toml import CheckedFile
from scenarios.loader import clean_text
from scenarios.toml_files import ScenarioFile
from scenarios.trial_files.schema import FORMAT, TrialTable


class Reader(CheckedFile[TrialTable]):
    """One trial file whose tables and keys are as they must be.

    Raises:
        ScenarioError: They are not; the message is one line.
    """

    def __init__(self, file: ScenarioFile) -> None:
        super().__init__(file, FORMAT, "a trial needs title, [enrolment], [arms.NAME] and [outcomes.NAME]")
        for what in ("arms", "outcomes"):
            for name, entry in getattr(self.table, what).items():
                title = getattr(entry, "title", None) or ""
                if title != clean_text(title) or "\n" in title:
                    self.bad((what, name, "title"), f"{what}.{name}.title: must have no control characters")
                if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 _-]{0,39}", name):
                    self.bad(
                        (what, name), f"{what}: a name has 1 to 40 letters, digits, spaces, - or _; got {name[:60]!r}"
                    )
