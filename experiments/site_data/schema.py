"""The fields that are read from a hospital's tables, with their names in the table that Peerbridge writes itself."""

from __future__ import annotations

from dataclasses import dataclass

LARGEST_SPAN = 36_525
"""Days between the first and the last day of a table; more means that a column holds something else."""

DISCHARGE_TYPES = ("planned", "patient-initiated", "administrative", "died")
"""How a stay ends in the model."""

GOES_ON = ("transfer", "continues")
"""How a row ends that is not the end of a stay: moved to another hospital; moved to another ward or episode."""

UNKNOWN = "unknown"
HOUSING = ("stable", "unstable", "unknown")
ROLES = ("peer", "navigator", "supervisor")


@dataclass(frozen=True, slots=True)
class Column:
    """A field of a table of records.

    Attributes:
        name: Header in Peerbridge's own layout, and key in a mapping file.
        text: What it holds.
        kind: "key", "day", "number", "code" or "word" (a label that is kept as a group, not as text).
        required: Whether a table must have it.
        low: Least value, where it holds a number.
        high: Greatest value.
        words: Words allowed, where it holds a code.
    """

    name: str
    text: str
    kind: str
    required: bool = False
    low: float = 0
    high: float = 0
    words: tuple[str, ...] = ()

    @property
    def allowed(self) -> str:
        """What a cell may hold, in words."""
        if self.kind == "code":
            return f"one of {', '.join(self.words)}"
        if self.kind == "number":
            return f"a number from {self.low:,g} to {self.high:,g}"
        if self.kind == "day":
            return "a date, or a whole number of days counted from any fixed day"
        return "any text"


STAYS: tuple[Column, ...] = (
    Column("person", "Key of the person; the same in all their stays", "key", True),
    Column("admission_day", "Day of admission", "day", True),
    Column("discharge_day", "Day of discharge; empty for people still in hospital", "day", True),
    Column("discharge_type", "How the stay ended", "code", words=DISCHARGE_TYPES),
    Column("peer_contacts", "Contacts with peer workers during and after the stay", "number", high=1_000),
    Column("unit", "The unit", "word"),
    Column("housing", "Housing at admission", "code", words=HOUSING),
    Column("extract_day", "Day of the extract, the same in every row", "day"),
    Column("ed_day", "Day of the first visit to the emergency department after discharge; empty for none", "day"),
    Column("referral_day", "Day of referral to a peer worker", "day"),
    Column("first_contact_day", "Day of the first contact with a peer worker", "day"),
    Column("length_of_stay", "Nights in hospital, where a table has no days", "number", high=3_660),
    Column("returned_30d", "Whether the person was readmitted within 30 days", "code", words=("yes", "no")),
)  # fmt: skip
"""Fields of the table of stays. Days are needed, or the length of stay in their place."""

STAFF: tuple[Column, ...] = (
    Column("post", "Key of the post, not of the person who holds it", "key", True),
    Column("role", "What the post is", "code", True, words=ROLES),
    Column("start_day", "Day on which somebody began in it", "day", True),
    Column("end_day", "Day on which they left; empty if they are still there", "day"),
    Column("hours_per_week", "Hours a week", "number", low=1, high=80),
)
"""Fields of the optional table of staff."""
