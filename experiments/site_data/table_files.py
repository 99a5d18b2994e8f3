"""Tables in the files that hospitals send: separated text in any common encoding, Excel, Parquet and FHIR.

Nothing is copied to a temporary file: a table is read into memory, and only the columns that are asked for.
"""

from __future__ import annotations

import csv
import datetime
import gzip
import io
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.support.errors import BadRecords, InputError

if TYPE_CHECKING:
    import pandas as pd

LARGEST_FILE = 1024 * 2**20
SAMPLE = 2**18
"""Bytes from which encoding and separator are told."""

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
ENCODINGS = (
    "cp1252", "latin_1", "cp1250", "cp1251", "cp1253", "cp1254", "cp1257", "iso8859_2", "iso8859_15", "koi8_r",
    "mac_roman", "cp437", "cp850", "shift_jis", "cp932", "euc_jp", "gb18030", "big5", "euc_kr",
)  # fmt: skip
WESTERN = (
    "cp1252",
    "latin_1",
    "iso8859_15",
    "cp1250",
    "iso8859_2",
    "cp1254",
    "cp1257",
    "mac_roman",
    "cp437",
    "cp850",
    "big5",
)
ROWS_SHOWN = 20


@dataclass(frozen=True)
class FileSettings:
    """How a file is to be read, where it is not to be guessed.

    Attributes:
        encoding: A Python name of an encoding, or "".
        separator: One sign, or "".
        sheet: Name of a sheet of a workbook, or "".
    """

    encoding: str = ""
    separator: str = ""
    sheet: str = ""


@dataclass(frozen=True)
class TableFile:
    """A table that was opened: its header is known, its rows are not read yet.

    Attributes:
        path: The file.
        header: Names of the columns, trimmed.
        found: What was guessed or stated: "encoding", "separator", "sheet", "format", "skipped" lines above the header.
        first_row: Number of the first row under the header, counted from 1 at the top of the file.
        rows: Reads the columns at some places as text without spaces around it.
    """

    path: Path
    header: tuple[str, ...]
    found: dict[str, str]
    first_row: int
    rows: Callable[[Sequence[int]], pd.DataFrame]


def open_table(path: Path, settings: FileSettings | None = None) -> TableFile:
    """Open a table of any format that is known.

    Raises:
        InputError: It is no such file, or holds no table.
    """
    settings = settings or FileSettings()
    content = _content(path)
    if content[:4] == b"PAR1":
        return _parquet(path, content)
    if content[:4] in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0"):
        return _workbook(path, content, settings)
    encoding = settings.encoding or guess_encoding(path, content)
    if content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"["):
        from experiments.site_data.fhir import encounters

        return from_rows(path, encounters(path, _decoded(path, content, encoding)), {"format": "FHIR JSON"}, 2)
    return _separated(path, content, encoding, settings.separator)


def guess_encoding(path: Path, content: bytes) -> str:
    """Encoding of a text file, as Python names it.

    Raises:
        InputError: It holds zero bytes, so it is no text.
    """
    for mark, name in (
        (b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe\0\0", "utf-32"), (b"\0\0\xfe\xff", "utf-32"),
        (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"),
    ):  # fmt: skip
        if content.startswith(mark):
            return name
    head = content[:4_096]
    if head.count(0) > len(head) // 5:
        return "utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be"
    if 0 in content:
        raise InputError(f"{path}: is not a text file (it holds a zero byte); save the table as CSV")
    try:
        content.decode("utf-8")
        return "utf-8"
    except UnicodeDecodeError as error:
        near = content[max(0, error.start - SAMPLE // 2) : error.start + SAMPLE // 2]
    from charset_normalizer import from_bytes

    best = from_bytes(near, cp_isolation=list(ENCODINGS)).best()
    name = best.encoding if best is not None else "cp1252"
    high = [byte for byte in near if byte >= 0x80]
    letters = sum(byte >= 0xC0 for byte in high)
    if name in WESTERN and 2 * letters > len(
        high
    ):  # letters stand there in Windows' and ISO's codecs, not in those of DOS
        name = "cp1252"
    try:
        content.decode(name)
    except (UnicodeDecodeError, LookupError):
        return "latin_1"
    return name


def from_rows(path: Path, rows: Sequence[Sequence[str]], found: dict[str, str], first_row: int) -> TableFile:
    """A table whose rows are in memory already, the header first.

    Raises:
        InputError: There are none.
    """
    if not rows or not any(cell.strip() for cell in rows[0]):
        raise InputError(f"{path}: is empty; its first row must name the columns")
    header = tuple(cell.strip() for cell in rows[0])
    body = rows[1:]

    def read(places: Sequence[int]) -> pd.DataFrame:
        import pandas as pd

        columns = {place: [row[place] if place < len(row) else "" for row in body] for place in places}
        return _trimmed(pd.DataFrame(columns, dtype="str"))

    return TableFile(path, header, found, first_row, read)


def _content(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise InputError(f"{path}: is not a file" if path.exists() else f"{path}: no such file")
        if path.stat().st_size > LARGEST_FILE:
            raise InputError(f"{path}: is larger than {LARGEST_FILE // 2**20:,} MB")
        content = path.read_bytes()
        if content[:2] == b"\x1f\x8b":
            with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
                content = packed.read(LARGEST_FILE + 1)
            if len(content) > LARGEST_FILE:
                raise InputError(f"{path}: unpacks to more than {LARGEST_FILE // 2**20:,} MB")
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or "damaged, or not packed with gzip"
        raise InputError(f"{path}: cannot be read: {reason.lower()}") from None
    if not content.strip():
        raise InputError(f"{path}: is empty; its first row must name the columns")
    return content


def _decoded(path: Path, content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except LookupError:
        raise InputError(f"{path}: no encoding has the name that the mapping gives") from None
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError(f"{path}, row {line}: is not text in {encoding}") from None


def _separated(path: Path, content: bytes, encoding: str, separator: str) -> TableFile:
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    found = {"format": "text", "encoding": {"utf-8-sig": "utf-8 with a mark"}.get(encoding, encoding)}
    if encoding not in ("utf-8", "utf-8-sig", "ascii"):
        content = _decoded(path, content, encoding).encode()
    content = content.removeprefix(b"\xef\xbb\xbf")
    text = content[:SAMPLE].decode("utf-8", "ignore")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    skip = 0
    stated = lines[0].strip().strip('"').lower()
    if stated.startswith("sep=") and len(lines[0].strip().strip('"')) >= 4:
        separator = separator or (lines[0].strip("\n\r").strip('"')[4:5] or "\t")
        skip = 1
    while skip < len(lines) and not lines[skip].strip():
        skip += 1
    whole = lines[skip:-1] if len(content) > SAMPLE and len(lines) > skip + 2 else lines[skip:]
    if not any(line.strip() for line in whole):
        raise InputError(f"{path}: is empty; its first row must name the columns")
    separator = separator or guess_separator(whole)
    sample = _sample_rows(path, whole, separator)
    counts = Counter(len(row) for row in sample[:200])
    usual = max(counts, key=lambda n: (counts[n], n))
    above = 0
    if len(sample) > 2 and usual > 1 and len(sample[0]) == 1:  # lines of text above the table
        widths = [len((_sample_rows(path, [line], separator) or [[]])[0]) for line in whole[:200]]
        above = widths.index(usual) if usual in widths else 0
    header = [cell.strip() for cell in _sample_rows(path, whole[above:], separator)[0]]
    sample = sample[next(i for i, row in enumerate(sample) if len(row) == usual) :] if above else sample
    if usual == len(header) + 1 and all(not row[-1].strip() for row in sample[1:] if len(row) == usual):
        header.append("")  # each row ends in a separator
    found["separator"] = SEPARATORS.get(separator, f'"{separator}"')
    if above:
        found["skipped"] = str(above)
    first = skip + above + 2

    def read(places: Sequence[int]) -> pd.DataFrame:
        ragged: list[tuple[int, int, bool]] = []

        def bad(row: Any) -> str:
            ragged.append((row.number or 0, row.actual_columns, "\n" in row.text))
            return "skip"

        names = [f"c{number}" for number in range(len(header))]
        try:
            table = arrow_csv.read_csv(
                pa.BufferReader(content),
                read_options=arrow_csv.ReadOptions(
                    column_names=names, skip_rows=skip + above, skip_rows_after_names=1, use_threads=False,
                    block_size=max(2**22, len(text)),
                ),
                parse_options=arrow_csv.ParseOptions(
                    delimiter=separator, newlines_in_values=b'"' in content, invalid_row_handler=bad
                ),
                convert_options=arrow_csv.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False,
                    include_columns=[names[place] for place in places], check_utf8=False,
                ),
            )  # fmt: skip
        except pa.ArrowInvalid:
            raise InputError(
                f"{path}: is not a table of separated values (a quotation mark that is opened and never closed?)"
            ) from None
        if ragged:
            shown = [
                f"{path}, row {number}: has {n} cells, the header {len(header)}"
                + (" (it goes over several lines: a quotation mark that is never closed?)" if several else "")
                for number, n, several in ragged
            ]
            more = f"\n... and {len(ragged) - ROWS_SHOWN:,} more" if len(ragged) > ROWS_SHOWN else ""
            raise BadRecords("\n".join(shown[:ROWS_SHOWN]) + more)
        frame = table.to_pandas(strings_to_categorical=False)
        frame.columns = list(places)
        for place in places:
            if len(frame) and frame[place].str.contains("\n", regex=False).any():
                raise InputError(
                    f"{path}: is not a table of separated values: a cell holds several lines (a quotation mark that is "
                    "never closed?)"
                )
        return _trimmed(frame)

    return TableFile(path, tuple(header), found, first, read)


def guess_separator(lines: Sequence[str]) -> str:
    """The sign that cuts most lines into the same number of cells, more than one."""
    best, score = ",", (0.0, 0)
    lines = [line for line in lines[:200] if line.strip()]
    for sign in SEPARATORS:
        try:
            counts = Counter(len(row) for row in csv.reader(lines, delimiter=sign))
        except csv.Error:
            continue
        usual, n = max(counts.items(), key=lambda item: (item[1], item[0]))
        if usual > 1 and (n / len(lines), usual) > score:
            best, score = sign, (n / len(lines), usual)
    return best


def _sample_rows(path: Path, lines: Sequence[str], separator: str) -> list[list[str]]:
    try:
        rows = list(csv.reader(lines, delimiter=separator))
    except (csv.Error, TypeError) as error:
        raise InputError(f"{path}: is not a table of separated values ({error})") from None
    return [row for row in rows if row]


def _workbook(path: Path, content: bytes, settings: FileSettings) -> TableFile:
    from python_calamine import CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        names = book.sheet_names
        if settings.sheet and settings.sheet not in names:
            raise InputError(f"{path}: has no sheet of that name; it has {len(names)}")
        chosen, cells = "", []
        for name in [settings.sheet] if settings.sheet else names:
            cells = book.get_sheet_by_name(name).to_python(skip_empty_area=True)
            if cells:
                chosen = name
                break
    except InputError:
        raise
    except Exception:  # the reader's own errors quote cells
        raise InputError(f"{path}: is not a workbook that can be read; save the table as CSV UTF-8") from None
    rows = [[_cell(cell) for cell in row] for row in cells]
    usual = max((sum(1 for cell in row if cell) for row in rows[:200]), default=0)
    above = next((i for i, row in enumerate(rows) if sum(1 for cell in row if cell) * 2 > usual), 0)
    found = {"format": "workbook", "sheet": f"number {names.index(chosen) + 1}" if chosen else "none"}
    if above:
        found["skipped"] = str(above)
    return from_rows(path, rows[above:], found, above + 2)


def _cell(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value.isoformat(" ") if isinstance(value, datetime.datetime) else str(value).strip()


def _parquet(path: Path, content: bytes) -> TableFile:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(pa.BufferReader(content))
        header = tuple(str(name).strip() for name in file.schema_arrow.names)
    except (pa.ArrowException, OSError):
        raise InputError(f"{path}: is not a Parquet file that can be read") from None

    def read(places: Sequence[int]) -> pd.DataFrame:
        names = [file.schema_arrow.names[place] for place in places]
        try:
            frame = file.read(columns=names).to_pandas()
        except (pa.ArrowException, OSError):
            raise InputError(f"{path}: is damaged") from None
        texts = frame[names].astype("str").where(frame[names].notna(), "")
        texts.columns = list(places)
        return _trimmed(texts)

    return TableFile(path, header, {"format": "Parquet"}, 1, read)


def _trimmed(frame: pd.DataFrame) -> pd.DataFrame:
    for name in frame.columns:
        frame[name] = frame[name].astype("str").str.strip()
    return frame
