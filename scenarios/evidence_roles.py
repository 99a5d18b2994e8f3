"""What each number of the evidence is used for, once: input, prior, target, check, sign, or not used and why."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

FILE = Path(__file__).parent / "evidence_roles.csv"

Role = Literal["input", "prior", "target", "check", "sign", "unused"]


@dataclass(frozen=True, slots=True)
class Number:
    """A number that a study gives, or several of one study.

    Attributes:
        id: Short name; ids of targets begin with it where it has any.
        quantity: What was counted.
        value: What was found, as the study gives it.
        study: Author and year, with DOI or address, and setting.
        role: input (a fixed parameter), prior (sets the prior of a parameter), target (fitted with its error), check
            (printed beside the model, never fitted), sign (a direction only) or unused.
        targets: Ids of the targets that hold it, fitted or checked.
        parameters: Parameters whose value or prior it sets; of a target, those that are fitted to it.
        why: Reason, where it is not used or only in part.
    """

    id: str
    quantity: str
    value: str
    study: str
    role: Role
    targets: tuple[str, ...]
    parameters: tuple[str, ...]
    why: str


def evidence() -> tuple[Number, ...]:
    """All numbers of the evidence, in the order of the file."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return tuple(
            Number(
                row["id"], row["quantity"], row["value"], row["study"], row["role"],  # type: ignore[arg-type]
                tuple(row["targets"].split()), tuple(row["parameters"].split()), row["why"],
            )
            for row in csv.DictReader(file)
        )  # fmt: skip
