"""A hospital's records: a table of stays, and of posts if there is one, read, checked and counted; never shown.

The same code reads Peerbridge's own table, a raw extract with its mapping, and an imported folder.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from experiments.site_data import dates
from experiments.site_data.codes import is_missing, is_no_key, is_one_sign
from experiments.site_data.dates import DAY, NONE
from experiments.site_data.disclosure import SMALLEST_CELL, count, roughly
from experiments.site_data.mapping import Joining, Mapping
from experiments.site_data.rows import (
    FEW,
    FEW_WITHOUT_PERSON,
    MOST_BIAS,
    Note,
    Problem,
    Report,
    chosen_rows,
    open_mapped,
    read_codes,
    read_days,
    read_numbers,
    refuse,
)
from experiments.site_data.schema import GOES_ON, LARGEST_SPAN, STAFF, STAYS, UNKNOWN
from experiments.site_data.stays import Spans, copies, join
from experiments.statistics.survival import cumulative_incidence, restricted_mean
from experiments.support.errors import InputError
from experiments.support.types import BoolArray, FloatArray, IntArray

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS_OF_A_PERSON = 20
"""Rows of one key from which it is looked at whether it can be a person: nobody is in four stays at once."""

MOST_WITHOUT_DISCHARGE = 0.1
"""Most of the stays that have ended whose day of discharge may be missing or impossible: beyond it rates would move."""

AT_ONCE = 4
SAME_DAY_RATIO = 5.0
"""Returns on the very next day, over those on days 2 to 7, from which rows look like moves between wards."""

QUIET = 14
"""Days without any admission before a stated extract day from which it is doubted."""

EXTRA_DAYS = ("ed_day", "referral_day", "first_contact_day")


@dataclass(frozen=True)
class ProgrammeData:
    """Records that passed every check.

    Attributes:
        stays: One row per stay: row, person (a number), admission_day, discharge_day (−1: still in hospital, or not
            known), discharge_type ("": not known), still_in, length (days, the first and the last counted; NaN: not
            known), ended (whether `length` is the whole stay), returned_30d (−1: not known), peer_contacts (−1: not
            known), unit ("": not known), housing, ed_day, referral_day, first_contact_day (−1: none).
        staff: Columns of `STAFF`, with end_day −1 for posts that go on and hours −1 where not known; or None.
        dated: Whether days of admission and discharge are known.
        first_day: Day of the first admission.
        last_day: Last day of follow-up: what is unknown after it is censored.
        stated_end: Whether that day was stated rather than assumed.
        rows: Rows of the table that are in the stays.
        remarks: What is unusual, what was done about it and what it changes, in sentences without any value of a row.
        notes: The same as numbers.
        reports: How the tables were read.
        timed: Whether days came with times.
        form: How days are written.
        origin: Minutes of day 0.
        types_known: Whether the table says how stays ended.
        mapping: The mapping by which the table was read.
    """

    stays: pd.DataFrame
    staff: pd.DataFrame | None
    dated: bool
    first_day: int
    last_day: int
    stated_end: bool
    rows: int
    remarks: tuple[str, ...]
    notes: tuple[Note, ...] = ()
    reports: tuple[Report, ...] = ()
    timed: bool = False
    form: str = dates.DAYS
    origin: int = 0
    types_known: bool = True
    mapping: Mapping = field(default_factory=Mapping)


@dataclass
class _Reading:
    """What is known while a table of stays is read."""

    path: Path
    report: Report
    mapping: Mapping
    remarks: list[str] = field(default_factory=list)


def read(
    stays: Path,
    staff: Path | None = None,
    *,
    mapping: Mapping | None = None,
    extract_end: str | None = None,
) -> ProgrammeData:
    """Read and check a hospital's records.

    Args:
        stays: Table of stays in any known layout.
        staff: Table of posts.
        mapping: How the table of stays is to be read; guessed from its columns if None.
        extract_end: Last day that the table covers, written as its days are. Without it, a column of the table says,
            or the
            last admission is taken.

    Raises:
        InputError: The file is no such table.
        BadRecords: The first bad rows, one to a line, each with file, row (the header is row 1) and column.
    """
    mapping = mapping or Mapping()
    if stays.is_dir():
        raise InputError(f"{stays}: is not a file")
    table, places, report, mapping = open_mapped(stays, STAYS, mapping)
    state = _Reading(stays, report, mapping)
    names = list(places)
    keep, died = chosen_rows(table, mapping, stays)
    frame = table.rows([places[name] for name in names])
    frame.columns = names
    header, first_row = table.header, table.first_row
    del table  # a large file is not held while its rows are worked on
    filled = np.zeros(len(frame), bool)
    for name in names:
        filled |= (frame[name] != "").to_numpy(bool)
    chosen = filled if keep is None else filled & keep
    if keep is not None:
        report.note("rows that are no stays by the mapping's [keep] and [drop]", int((~keep).sum()), "not read")
    numbers = np.flatnonzero(chosen) + first_row
    frame = frame[chosen].reset_index(drop=True)
    died = died[chosen] if died is not None else None
    if not len(frame):
        raise InputError(f"{stays}: has a header and no rows")
    people, named = _people(frame["person"], state, numbers)
    if "admission_day" in places:
        data = _dated(frame, people, named, numbers, died, state, extract_end)
    else:
        data = _undated(frame, people, named, numbers, died, state)
    if staff is not None:
        data = replace(data, staff=_staff(staff, data))
    used = {name: header[place] for name, place in places.items()}
    whole = mapping.model_copy(
        update={"columns": used, "dates": mapping.dates.model_copy(update={"format": data.form if data.dated else ""})}
    )
    data = replace(data, notes=tuple(report.notes), reports=(report, *data.reports), mapping=whole)
    return replace(data, remarks=(*_said(report), *state.remarks, *_remarks(data, report)))


def _people(cells: pd.Series[str], state: _Reading, numbers: IntArray) -> tuple[IntArray, BoolArray]:
    """A number for each person, and which rows name one."""
    codes, texts = cells.factorize()
    nobody = np.array([is_no_key(str(text)) for text in texts], bool)
    unnamed = nobody[codes]
    returns = int((~nobody)[codes].sum()) - int((~nobody).sum())
    what = "rows without a person (empty, zeros, or a word such as NULL)"
    _without(unnamed, what, state, numbers, min(FEW_WITHOUT_PERSON, MOST_BIAS / max(1, returns) ** 0.5))
    odd = np.array([is_one_sign(str(text)) for text in texts], bool)
    # One sign several times may be a key; its number is negative until `_no_people` sees from its rows what it is.
    return np.where(odd[codes], -codes - 1, codes).astype(np.int64), ~unnamed


def _without(mask: BoolArray, what: str, state: _Reading, numbers: IntArray, most: float = FEW_WITHOUT_PERSON) -> None:
    n = int(mask.sum())
    if not n:
        return
    if n > most * mask.size and state.mapping.rows.without_person == "few":
        first = int(numbers[int(np.argmax(mask))])
        raise InputError(
            f"{state.path}, row {first}, person: {what}: {count(n)} of {mask.size:,}, more than {100 * most:.1f} %; "
            "each hides a return, so returns cannot be counted. Ask for their keys, or set them aside with the "
            'mapping, [rows] without_person = "drop"'
        )
    state.report.note(what, n, "set aside; returns to and from them are not counted")


def _dated(
    frame: pd.DataFrame, people: IntArray, named: BoolArray, numbers: IntArray, died: BoolArray | None,
    state: _Reading, extract_end: str | None,
) -> ProgrammeData:  # fmt: skip
    report, path, mapping = state.report, state.path, state.mapping
    day_names = [n for n in ("admission_day", "discharge_day", "extract_day", *EXTRA_DAYS) if n in frame]
    days, form = read_days(frame, day_names, mapping.dates.format, path, report, numbers)
    start, end = days["admission_day"].minutes, days["discharge_day"].minutes.copy()
    start = start.copy()
    _sentinels(frame, start, end, report)
    problems: list[Problem] = []
    unstarted = start == NONE
    empty = unstarted & named
    if empty.sum() > FEW * len(frame):
        problems = [(int(row), "admission_day", "is empty or not known; must be a day") for row in numbers[empty]]
        refuse(path, problems)
    report.note("rows without a day of admission", int(empty.sum()), "set aside")
    timed = days["admission_day"].timed or days["discharge_day"].timed
    unit = 1 if days["admission_day"].timed and days["discharge_day"].timed else DAY
    backwards = (end != NONE) & ~unstarted & (end // unit < start // unit)
    if backwards.sum() > FEW * len(frame):
        refuse(path, [(int(row), "discharge_day", "lies before admission_day") for row in numbers[backwards]])
    report.note("rows whose discharge lies before their admission", int(backwards.sum()), "set aside")
    good = named & ~unstarted & ~backwards
    if not good.any():
        raise InputError(f"{path}: no row has a person and a day of admission")
    kind, labels = _codes(frame, died, state, numbers)
    for name in EXTRA_DAYS:
        labels[name] = days[name].minutes if name in days else np.full(len(frame), NONE)
    spans = Spans(numbers, people, start, end, kind, _contacts(frame, state, numbers), labels).where(good).ordered()
    del labels, people, start, end, kind, unstarted, backwards
    origin = int(spans.start.min()) // DAY * DAY if form != dates.DAYS else 0
    furthest = int(max(spans.start.max(), spans.end.max()))
    if furthest - int(spans.start.min()) > LARGEST_SPAN * DAY:
        far = spans.where(np.maximum(spans.start, spans.end) - int(np.median(spans.start)) > LARGEST_SPAN * DAY // 2)
        refuse(path, [(int(row), "admission_day", "is out of range: it lies a hundred years from the other days")
                      for row in (far.row if len(far) else spans.row[-1:])])  # fmt: skip
    twice = copies(spans)
    report.note("copies of another row", int(twice.sum()), "set aside")
    spans = _no_people(spans.where(~twice), state)
    stays, moved = _joined(spans, mapping.joining, timed, report)
    stays = _after_death(stays, state)
    last, stated = _last_day(stays, days, extract_end, form, origin, state)
    late = stays.start // DAY > last
    report.note("rows that begin after the day of the extract", int(late.sum()), "set aside")
    stays = stays.where(~late)
    if not len(stays):
        raise InputError(f"{path}: every row begins after the day of the extract")
    shown = origin // DAY
    table = _table(stays, last, mapping.rows.longest_stay, shown, stated, report)
    _refuse_without_discharge(table, path)
    state.remarks += _effects(spans, moved, stays, table, last, stated, timed, mapping.joining, state)
    first = int(stays.start.min()) // DAY - shown
    return ProgrammeData(
        table, None, True, first, last - shown, stated, int(len(spans)), (), (), (), timed, form, origin,
        "discharge_type" in frame or died is not None,
    )  # fmt: skip


def _sentinels(frame: pd.DataFrame, start: IntArray, end: IntArray, report: Report) -> None:
    """Numbers such as 999 or 9999 that stand for "no day", far from all other days; in place."""
    for name, column, reference in (("admission_day", start, start), ("discharge_day", end, start)):
        nines = frame[name].str.fullmatch(r"9{3,}([.,]0*)?").to_numpy(bool) & (column != NONE)
        if not nines.any():
            continue
        others = reference[(reference != NONE) & ~(nines if name == "admission_day" else np.zeros(len(nines), bool))]
        far = nines & (column > (others.max() if others.size else 0) + 366 * DAY)
        report.note(f"values of {name} made of nines, far from all others", int(far.sum()), "taken as not known")
        column[far] = NONE


def _codes(
    frame: pd.DataFrame, died: BoolArray | None, state: _Reading, numbers: IntArray
) -> tuple[NDArray[np.object_], dict[str, NDArray[np.generic]]]:
    n = len(frame)
    columns = {column.name: column for column in STAYS}
    labels: dict[str, NDArray[np.generic]] = {}
    found = {}
    for name in ("discharge_type", "housing", "returned_30d"):
        found[name] = (
            read_codes(frame[name], columns[name], state.mapping, state.path, state.report, numbers)
            if name in frame
            else np.full(n, "", object)
        )
    kind = np.where(found["discharge_type"] == UNKNOWN, "", found["discharge_type"])
    if died is not None:
        kind = np.where(died, "died", kind)
    labels["housing"] = found["housing"]
    labels["returned_30d"] = np.where(found["returned_30d"] == "yes", 1, np.where(found["returned_30d"] == "no", 0, -1))
    labels["unit"] = _units(frame["unit"]) if "unit" in frame else np.full(n, "", object)
    return kind.astype(object), labels


def _units(cells: pd.Series[str]) -> NDArray[np.object_]:
    """Units by number, the largest first: their names are not kept."""
    codes, texts = cells.factorize()
    known = np.array([not is_missing(str(text)) for text in texts], bool)
    size = np.where(known, np.bincount(codes, minlength=len(texts)), -1)
    rank = np.empty(len(texts), np.int64)
    rank[np.argsort(-size, kind="stable")] = np.arange(len(texts))
    names = np.array([f"unit {r + 1}" if k else "" for r, k in zip(rank, known, strict=True)], dtype=object)
    return np.asarray(names[codes], dtype=object)


def _contacts(frame: pd.DataFrame, state: _Reading, numbers: IntArray) -> FloatArray:
    if "peer_contacts" not in frame:
        return np.full(len(frame), np.nan)
    column = next(c for c in STAYS if c.name == "peer_contacts")
    values, _ = read_numbers(frame["peer_contacts"], column, state.path, numbers)
    parts = np.isfinite(values) & (values % 1 != 0)
    refuse(state.path, [(int(r), "peer_contacts", "must be a whole number of contacts") for r in numbers[parts]])
    nines = np.isfinite(values) & (values >= 99) & np.isin(values, (99, 999))
    others = values[np.isfinite(values) & ~nines]
    far = nines & (values > 3 * (others.max() if others.size else 0))
    state.report.note(
        "values of peer_contacts made of nines, far from all others", int(far.sum()), "taken as not known"
    )
    return np.where(far, np.nan, values)


def _no_people(spans: Spans, state: _Reading) -> Spans:
    """Without rows of keys that stand for nobody, as their overlapping rows show."""
    numbers, size = np.unique(spans.person, return_counts=True)
    wrong = []
    for person in numbers[(size > MOST_ROWS_OF_A_PERSON) | ((numbers < 0) & (size > 1))]:
        mine = np.flatnonzero(spans.person == person)
        start, end = spans.start[mine], spans.end[mine]
        end = np.where(end == NONE, start, end)
        at_once = np.searchsorted(np.sort(start), start, side="right") - np.searchsorted(
            np.sort(end), start, side="right"
        )
        limit = AT_ONCE if person >= 0 else 2
        if int(at_once.max()) >= limit:
            wrong.append(int(person))
    mask = np.isin(spans.person, wrong)
    _without(mask, "rows of a key that is in several stays at once, so that it stands for nobody", state, spans.row)
    return spans.where(~mask)


def _joined(spans: Spans, rule: Joining, timed: bool, report: Report) -> tuple[Spans, int]:
    """Rows of one stay joined, and how many rows went into an earlier one."""
    if not rule.join:
        return spans, 0
    stays, _ = join(spans, rule, timed)
    moved = len(spans) - len(stays)
    hours = f"up to {rule.gap_hours:g} hours apart" if timed else "on the same day"
    report.note(f"rows that go on with the same person's stay (they overlap, or follow {hours})", moved, "joined")
    return stays, moved


def _after_death(stays: Spans, state: _Reading) -> Spans:
    same = np.zeros(len(stays), bool)
    same[1:] = stays.person[1:] == stays.person[:-1]
    dead = stays.kind == "died"
    ever = np.zeros(len(stays), bool)
    block = np.cumsum(~same)
    total = np.cumsum(dead)
    before_block = np.concatenate(([0], total))[np.flatnonzero(~same)][block - 1] if len(stays) else total
    ever = (total - dead - before_block) > 0
    if ever.sum() > FEW * len(stays):
        earlier = stays.row[np.flatnonzero(ever) - 1]
        refuse(state.path, [(int(row), "person", f"died in the stay of row {int(other)}")
                            for row, other in zip(stays.row[ever], earlier, strict=True)])  # fmt: skip
    state.report.note("stays that begin after the same person's death", int(ever.sum()), "set aside")
    return stays.where(~ever)


def _last_day(
    stays: Spans, days: dict[str, dates.Days], extract_end: str | None, form: str, origin: int, state: _Reading
) -> tuple[int, bool]:
    """Last day of follow-up, and whether it was stated."""
    last_admission = int(stays.start.max()) // DAY
    if extract_end is None and "extract_day" in days:
        there = days["extract_day"].minutes[days["extract_day"].minutes != NONE]
        if there.size:
            return int(there.max()) // DAY, True
    if extract_end is None:
        return last_admission, False
    end = parse_day(extract_end, form)
    if end is None:
        how = "a number of days, as in the table" if form == dates.DAYS else "a date, as in the table or as 2026-01-31"
        raise InputError(f"--extract-end: must be {how}")
    if end < int(stays.start.min()) // DAY:
        raise InputError("--extract-end: lies before the first admission")
    quiet = end - last_admission
    usual = (last_admission - int(stays.start.min()) // DAY) / max(1, len(stays))
    if quiet > max(QUIET, 20 * usual):
        state.remarks.append(
            f"The stated day of the extract lies {quiet:,} days after the last admission. If the table was chosen by "
            "day of admission, returns in these days are not in it: then state the last day of admission instead."
        )
    return end, True


def parse_day(text: str, form: str) -> int | None:
    """A stated day as a number of days, counted as the table's days are; None if it is none."""
    import pandas as pd

    for one in dict.fromkeys((form, dates.DAYS if form == dates.DAYS else dates.ISO)):
        found = int(dates.read(pd.Series([text.strip()], dtype="str"), one).minutes[0])
        if found != NONE:
            return found // DAY
    return None


def _table(stays: Spans, last: int, longest: int, origin: int, stated: bool, report: Report) -> pd.DataFrame:
    """Stays as a table, days counted from `origin`."""
    import pandas as pd

    start = stays.start // DAY
    out = np.where(stays.end == NONE, -1, stays.end // DAY)
    followed = np.zeros(len(stays), bool)
    followed[:-1] = stays.person[1:] == stays.person[:-1]
    none = stays.end == NONE
    real = ~np.isin(stays.kind.astype(str), ("", *GOES_ON))
    unknown = none & (followed | real)
    report.note(
        "stays without a day of discharge that cannot be going on", int(unknown.sum()), "their length is not used"
    )
    still = none & ~unknown
    if stated:
        after = ~none & (out > last)
        report.note("stays that end after the day of the extract", int(after.sum()), "taken as going on on that day")
        still = still | after
    cut = ~none & ~still & (stays.kind == "continues")  # its next episode is not there
    report.note("stays whose last row says that they go on", int(cut.sum()), "their length counts as 'at least'")
    length = np.where(still, last - start + 1, out - start + 1).astype(np.float64)
    length = np.where(unknown | (length < 1), np.nan, length)
    ended = ~still & ~unknown & ~cut
    long = ended & (length > longest)
    report.note(
        f"stays longer than {longest:,} days", int(long.sum()), f"their length counts as 'at least {longest:,}'"
    )
    length = np.where(length > longest, longest, length)
    kind = np.where(still | unknown | cut, "", stays.kind)
    kind = np.where(kind == "transfer", "planned", np.where(kind == "continues", "", kind))
    columns: dict[str, object] = {
        "row": stays.row,
        "person": np.unique(stays.person, return_inverse=True)[1],
        "admission_day": start - origin,
        "discharge_day": np.where(still | unknown | cut, -1, out - origin),
        "discharge_type": kind.astype(str),
        "still_in": still,
        "length": length,
        "ended": ended & ~long,
        "returned_30d": stays.labels["returned_30d"],
        "peer_contacts": np.where(np.isfinite(stays.contacts), stays.contacts, -1).astype(np.int64),
        "unit": stays.labels["unit"].astype(str),
        "housing": stays.labels["housing"].astype(str),
    }
    for name in EXTRA_DAYS:
        minutes = stays.labels[name]
        columns[name] = np.where(minutes == NONE, -1, minutes.astype(np.int64) // DAY - origin)
    return pd.DataFrame(columns)


def _refuse_without_discharge(table: pd.DataFrame, path: Path) -> None:
    """Refuse a table where so many stays have no day of discharge that lengths and returns cannot be trusted.

    Raises:
        InputError: More than `MOST_WITHOUT_DISCHARGE` of the stays that have ended have no usable day of discharge.
    """
    over = ~table["still_in"].to_numpy(bool)
    without = over & table["length"].isna().to_numpy()
    if without.sum() > MOST_WITHOUT_DISCHARGE * over.sum():
        first = int(table["row"].to_numpy()[without][0])
        raise InputError(
            f"{path}, row {first}, discharge_day: is missing or impossible for {count(int(without.sum()))} of "
            f"{int(over.sum()):,} stays that have ended, more than {MOST_WITHOUT_DISCHARGE:.0%}: lengths of stay and "
            "returns cannot be counted. Ask the data office for the days of discharge"
        )


def _undated(
    frame: pd.DataFrame, people: IntArray, named: BoolArray, numbers: IntArray, died: BoolArray | None,
    state: _Reading,
) -> ProgrammeData:  # fmt: skip
    import pandas as pd

    column = next(c for c in STAYS if c.name == "length_of_stay")
    nights, _ = read_numbers(frame["length_of_stay"], column, state.path, numbers)
    kind, labels = _codes(frame, died, state, numbers)
    n = len(frame)
    longest = state.mapping.rows.longest_nights
    length = np.floor(nights) + 1
    # Without days a copy cannot be told from another stay of the same length, so it is kept.
    table = pd.DataFrame({
        "row": numbers, "person": np.unique(people, return_inverse=True)[1], "admission_day": np.full(n, -1),
        "discharge_day": np.full(n, -1),
        "discharge_type": np.where(np.isin(kind.astype(str), GOES_ON), "planned", kind),
        "still_in": np.zeros(n, bool), "length": length,
        "ended": np.isfinite(length) & ((nights < longest) if longest else True),
        "returned_30d": labels["returned_30d"], "peer_contacts": _contacts(frame, state, numbers),
        "unit": labels["unit"], "housing": labels["housing"], **{name: np.full(n, -1) for name in EXTRA_DAYS},
    })[named]  # fmt: skip
    table["peer_contacts"] = table["peer_contacts"].fillna(-1).astype(np.int64)
    table["discharge_type"] = table["discharge_type"].astype(str)
    if longest:
        state.report.note(
            f"stays of {longest:,} nights or more", int((nights >= longest).sum()), "counted as 'at least'"
        )
    state.remarks.append(
        "The table has no days: returns are counted only as far as its own column says, no follow-up can be cut "
        "off, and rows of one stay cannot be joined."
    )
    return ProgrammeData(
        table.reset_index(drop=True), None, False, 0, 0, False, len(table), (), (), (), False, "none", 0,
        "discharge_type" in frame or died is not None,
    )  # fmt: skip


def _staff(path: Path, data: ProgrammeData) -> pd.DataFrame:
    import pandas as pd

    table, places, report, _ = open_mapped(path, STAFF, Mapping())
    names = list(places)
    frame = table.rows([places[name] for name in names])
    frame.columns = names
    filled = np.zeros(len(frame), bool)
    for name in names:
        filled |= (frame[name] != "").to_numpy(bool)
    numbers = np.flatnonzero(filled) + table.first_row
    frame = frame[filled].reset_index(drop=True)
    if not len(frame):
        raise InputError(f"{path}: has a header and no rows")
    if not data.dated:
        raise InputError(f"{path}: posts cannot be counted over the days of a table of stays without days")
    empty = frame["post"].map(is_missing).to_numpy(bool)
    refuse(path, [(int(row), "post", "is empty; must be the key of a post") for row in numbers[empty]])
    columns = {column.name: column for column in STAFF}
    role = read_codes(frame["role"], columns["role"], Mapping(), path, report, numbers)
    refuse(path, [(int(r), "role", f"is empty; must be {columns['role'].allowed}") for r in numbers[role == ""]])
    day_names = [name for name in ("start_day", "end_day") if name in frame]
    known, form = read_days(frame, day_names, "", path, report, numbers)
    filled_days = [known[name].minutes != NONE for name in day_names]
    if (form == dates.DAYS) != (data.form == dates.DAYS) and any(mask.any() for mask in filled_days):
        raise InputError(
            f"{path}: its days are {'numbers' if form == dates.DAYS else 'dates'} and those of the stays are not; "
            "write both in the same way"
        )
    shown = data.origin // DAY
    start = known["start_day"].minutes
    refuse(path, [(int(r), "start_day", "is empty; must be a day") for r in numbers[start == NONE]])
    end = known["end_day"].minutes.copy() if "end_day" in known else np.full(len(frame), NONE)
    nines = (
        frame["end_day"].str.fullmatch(r"9{3,}([.,]0*)?").to_numpy(bool)
        if "end_day" in frame
        else np.zeros(len(frame), bool)
    )
    end[nines & (end // DAY > data.last_day)] = NONE
    refuse(path, [(int(r), "end_day", "lies before start_day") for r in numbers[(end != NONE) & (end < start)]])
    hours = np.full(len(frame), np.nan)
    if "hours_per_week" in frame:
        hours, _ = read_numbers(frame["hours_per_week"], columns["hours_per_week"], path, numbers)
    return pd.DataFrame({
        "row": numbers, "post": np.unique(frame["post"].to_numpy(object).astype(str), return_inverse=True)[1],
        "role": role.astype(str), "start_day": start // DAY - shown,
        "end_day": np.where(end == NONE, -1, end // DAY - shown),
        "hours_per_week": np.where(np.isfinite(hours), hours, -1.0),
    })  # fmt: skip


def returns(table: pd.DataFrame, last_day: int, column: str = "admission_day") -> tuple[IntArray, IntArray, IntArray]:
    """Time from each discharge alive to the person's next admission.

    Args:
        table: Stays in order of person and day, as of `ProgrammeData.stays`.
        last_day: Last day of follow-up.
        column: "admission_day" for readmission, "ed_day" for the first visit to the emergency department.

    Returns: Days, event (1 seen, 0 censored), and position of each discharge in the table.
    """
    person, start, out = (table[name].to_numpy(np.int64) for name in ("person", "admission_day", "discharge_day"))
    if column == "admission_day":
        back = np.full(person.size, -1)
        same = person[1:] == person[:-1]
        back[:-1][same] = start[1:][same]
    else:
        back = table[column].to_numpy(np.int64)
    use = (out >= 0) & (out <= last_day) & (table["discharge_type"] != "died").to_numpy(bool)
    seen = (back >= out) & (back <= last_day)
    time = np.where(seen, back, last_day) - out
    at = np.flatnonzero(use)
    return time[at], seen[at].astype(np.int64), at


def readmitted(table: pd.DataFrame, last_day: int, horizon: int) -> float:
    """Share readmitted within a horizon of a discharge alive, with censoring; NaN where it cannot be told."""
    time, event, _ = returns(table, last_day)
    return cumulative_incidence(time, event, horizon).value


def _effects(
    unique: Spans, moved: int, stays: Spans, table: pd.DataFrame, last: int, stated: bool, timed: bool, rule: Joining,
    state: _Reading,
) -> list[str]:  # fmt: skip
    """What was assumed, and what it changes, in whole percentage points."""
    said = []
    origin = int((stays.start // DAY)[0]) - int(table["admission_day"].iloc[0])
    shown = last - origin
    enough = len(table) >= SMALLEST_CELL

    def apart(other: float, horizon: int, what: str) -> str:
        here = readmitted(table, shown, horizon)
        if not enough or not np.isfinite(other) or not np.isfinite(here):
            return ""
        points = round(100 * (other - here))
        much = f"about {abs(points)} percentage point{'s' if abs(points) > 1 else ''}"
        change = f"{much} {'higher' if points > 0 else 'lower'}" if points else "the same, to the percentage point"
        return f" {what}, readmission within {horizon} days would be {change}."

    if not stated:
        end = int(max(table["discharge_day"].max(), shown))
        said.append(
            "Follow-up is assumed to end on the day of the last admission; state the day of the extract "
            "(--extract-end) if you know it."
            + apart(readmitted(table, end, 90), 90, "Counted to the last discharge instead")
        )
    if moved:
        raw = _table(unique, last, 36_525, origin, stated, Report(state.path))
        said.append(
            f"{_upper(count(moved))} rows were joined to the stay that they go on with ([joining] in the mapping)."
            + apart(readmitted(raw, shown, 7), 7, "Without joining")
        )
    time, event, _ = returns(table, shown)
    back = np.bincount(time[event == 1], minlength=9)[:9]
    if back[1] >= SMALLEST_CELL and back[1] > SAME_DAY_RATIO * max(1.0, float(back[2:8].mean())):
        said.append(
            f"{_upper(count(int(back[1])))} stays begin on the day after another of the same person ends, far more "
            f"than on later days. If these are moves between wards, set gap_hours = {36 if timed else 24} in the "
            "mapping, [joining]."
        )
    length = table["length"].to_numpy(np.float64)
    there = np.isfinite(length) & table["ended"].to_numpy(bool)
    usual = np.sort(length[there])
    if usual.size >= SMALLEST_CELL:
        far = usual > max(4 * float(np.quantile(usual, 0.99, method="lower")), 60)
        far = far & (np.arange(usual.size) >= usual.size - max(3, usual.size // 500))
        if not far.any() and len(usual) < 200:
            far = usual > 8 * max(float(np.median(usual)), 7.5)
        cut = ~table["ended"].to_numpy(bool) & (length >= state.mapping.rows.longest_stay)
        if far.any() or cut.any():
            all_there = np.isfinite(length)
            mean = restricted_mean(length[all_there].astype(np.int64), table["ended"].to_numpy(bool)[all_there]).value
            rest = float(usual[~far].mean())
            n = int(far.sum() + cut.sum())
            said.append(
                f"{_upper(count(n))} stays are far longer than all others; without them, the mean length of stay would "
                f"be {roughly(rest / mean - 1)}."
            )
    ids = table["person"].nunique()
    if ids == len(table) and len(table) >= 500:
        said.append("Nobody is in the table twice: is the column of the person that of the stay?")
    return said


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _said(report: Report) -> list[str]:
    return [f"{_upper(str(note))}." for note in report.notes]


def _remarks(data: ProgrammeData, report: Report) -> list[str]:
    table = data.stays
    remarks = []

    def note(n: int, text: str) -> None:
        if n:
            remarks.append(f"{_upper(count(n))} {text}")

    if data.dated:
        note(int(table["still_in"].sum()), "stays go on at the end of follow-up; they count as 'at least so long'.")
        note(int((table["discharge_day"] == table["admission_day"]).sum()), "stays begin and end on one day.")
    note(int((table["length"] > 180).sum()), "stays are longer than half a year.")
    if not data.types_known:
        remarks.append("How stays ended is not known: shares of discharge types are not fitted.")
    else:
        open_ = table["still_in"] | table["length"].isna()
        note(int(((table["discharge_type"] == "") & ~open_).sum()), "stays ended in a way that is not known.")
    for name in ("peer_contacts", "unit", "housing"):
        empty = (table[name] == -1) if name == "peer_contacts" else table[name].isin(["", "unknown"])
        share = float(empty.mean())
        if share == 1.0:
            remarks.append(f"{name} is not known: what depends on it is not fitted.")
        else:
            note(int(empty.sum()), f"stays have no known {name}.")
    return remarks
