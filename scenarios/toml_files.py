"""Read one scenario file from disk: bytes to plain data, with the line on which each key stands."""

from __future__ import annotations

import os
import re
import stat
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from scenarios.key_lines import KeyPath, key_lines

LARGEST_FILE = 256 * 1024
"""Bytes a scenario file may have; a complete one has about 5,000."""

LONGEST_LINE = 10_000
"""Characters a line may have; keys of thousands of dotted parts would keep the TOML parser busy for minutes."""


IN_PLAIN_WORDS = {
    "Invalid value": "invalid value (text needs quotes, true and false have small letters)",
    "Illegal character '\\n'": "a text is not closed (a quote is missing at its end)",
    "Expected newline or end of document after a statement": "one value was expected (decimals have a point, "
    "each setting has a line of its own)",
    "Unescaped '\\' in a string": "a text between quotes holds a single \\ (folders of a path are separated by /)",
    "Invalid hex value": "\\x, \\u or \\U without the number of a sign (folders of a path are separated by /)",
}
"""Plain words for tomllib's messages."""


class ScenarioError(ValueError):
    """A scenario that cannot be used; the message is one line: where, what is wrong, what would be right.

    Example:
        >>> import peerbridge as pb
        >>> try:
        ...     pb.load("bridge", ["hospital.beds=24"])
        ... except pb.ScenarioError as error:
        ...     print(error)
        settings hospital.beds=24: hospital.beds: is not a setting; did you mean hospital.beds_per_unit?
    """

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message))


def about_path(text: str) -> str:
    """What to add where there is no file at a path that was perhaps written with the backslashes of Windows.

    Between the quotes of TOML `\\b`, `\\t`, `\\n`, `\\f` and `\\r` are signs of their own.
    """
    if any(not sign.isprintable() for sign in text):
        return "; it holds a control sign, as \\b or \\t between quotes is: folders are separated by /, not by \\"
    if "\\" in text and os.sep == "/":
        return "; in a path, folders are separated by /, not by \\"
    return ""


class ScenarioFile(NamedTuple):
    """One scenario file as read: nothing in it has been compared with the model's settings yet."""

    label: str
    """How messages call the file: its path, or the name of a bundled scenario with its file name."""
    path: Path
    data: dict[str, Any]
    lines: dict[KeyPath, int]
    """First line, counted from 1, of every key and table."""


def one_line(text: str) -> str:
    """Return `text` with line breaks and every other unprintable character escaped, safe to show on a terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def read_file(path: str | os.PathLike[str], label: str | None = None) -> ScenarioFile:
    """Read one TOML file without following `extends` and without checking its settings.

    Args:
        path: A regular file of at most `LARGEST_FILE` bytes, in UTF-8 (a byte-order mark is allowed).
        label: What to call the file in messages; its path by default.

    Raises:
        ScenarioError: If the file cannot be read, is not text, is not TOML or holds nothing.
    """
    path = Path(path)
    label = label or str(path)
    data, lines = _parse(read_text(path, label), label)
    if not data.keys() - {"schema"}:
        raise ScenarioError(f'{label}: is empty; a scenario needs a name, or extends = "usual-care", or a setting')
    return ScenarioFile(label, path, data, lines)


def read_toml(path: Path, label: str, what: str) -> ScenarioFile:
    """Read a TOML file of another kind, say a "study", with the same care; an empty one is returned as it is.

    Raises:
        ScenarioError: If the file cannot be read, is not text or is not TOML.
    """
    data, lines = _parse(read_text(path, label, what), label)
    return ScenarioFile(label, path, data, lines)


def read_text(path: Path, label: str, what: str = "scenario", largest: int = LARGEST_FILE) -> str:
    """Read a small text file that somebody else may have made.

    Args:
        path: A regular file in UTF-8 (a byte-order mark is allowed).
        label: What to call the file in messages.
        what: What kind of file it is.
        largest: Bytes it may have.

    Raises:
        ScenarioError: If the file cannot be read, is too large, or is not text of lines of a sane length.
    """
    return _decode(_read_bytes(path, label, what, largest), label)


def _read_bytes(path: Path, label: str, what: str, largest: int) -> bytes:
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            raise ScenarioError(f"{label}: is a directory; give a {what} file")
        if not stat.S_ISREG(found.st_mode):
            raise ScenarioError(f"{label}: is not a regular file but a pipe, socket or device; give a {what} file")
        if found.st_size > largest:
            raise ScenarioError(_too_large(label, found.st_size, what, largest))
        with path.open("rb") as file:
            content = file.read(largest + 1)
    except OSError as error:
        hint = about_path(os.fspath(path)) if isinstance(error, FileNotFoundError) else ""
        raise ScenarioError(f"{label}: cannot be read: {(error.strerror or 'unknown reason').lower()}{hint}") from None
    except ValueError as error:
        if isinstance(error, ScenarioError):
            raise
        raise ScenarioError(f"{label}: cannot be read: {error}") from None
    if len(content) > largest:
        raise ScenarioError(_too_large(label, len(content), what, largest))
    return content


def _too_large(label: str, size: int, what: str, largest: int) -> str:
    return f"{label}: is too large for a {what} ({size:,} bytes; at most {largest:,} bytes)"


def _decode(content: bytes, label: str) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ScenarioError(f"{label}: is encoded as UTF-16 or UTF-32; save it as UTF-8")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        byte = content[error.start]
        raise ScenarioError(f"{label}, line {line}: is not text in UTF-8 (byte 0x{byte:02x})") from None
    for number, line_text in enumerate(text.split("\n"), start=1):
        if "\0" in line_text:
            raise ScenarioError(f"{label}, line {number}: is not a text file (it holds a zero byte)")
        if len(line_text) > LONGEST_LINE:
            raise ScenarioError(f"{label}, line {number}: is too long (at most {LONGEST_LINE:,} characters)")
    return text


def _parse(text: str, label: str) -> tuple[dict[str, Any], dict[KeyPath, int]]:
    try:
        data, lines = tomllib.loads(text), key_lines(text)
    except RecursionError:
        raise ScenarioError(f"{label}: lists or tables are nested too deeply") from None
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"{label}{_syntax_error(str(error), text)}") from None
    except ValueError:
        # tomllib lets int() refuse numbers of more than 4,300 digits, without a position
        before = re.split(r"[0-9_]{4000,}", text, maxsplit=1)[0]
        raise ScenarioError(f"{label}, line {before.count(chr(10)) + 1}: a whole number has too many digits") from None
    for key, value in _leaves(data):
        if key != ("schema",) and isinstance(value, int) and not -(2**63) <= value < 2**64:
            where = next((f", line {lines[key[:n]]}" for n in range(len(key), 0, -1) if key[:n] in lines), "")
            raise ScenarioError(f"{label}{where}: {'.'.join(key)}: is a whole number of more than 64 bits")
    return data, lines


def _leaves(data: dict[str, Any]) -> Iterator[tuple[KeyPath, Any]]:
    """Each value that is no table and no list, with the keys and positions that lead to it, however deep."""
    left: list[tuple[KeyPath, Any]] = [((), data)]
    while left:
        key, value = left.pop()
        if isinstance(value, (dict, list)):
            parts = value.items() if isinstance(value, dict) else enumerate(value)
            left += [((*key, str(name)), part) for name, part in parts]
        else:
            yield key, value


def _syntax_error(message: str, text: str) -> str:
    """Turn tomllib's message into ', line 3, column 5: is not valid TOML: ...', with plain words for keys set twice."""
    found = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", message)
    what = message[: found.start()] if found else message
    line = int(found[1]) if found and found[1] else text.rstrip().count("\n") + 1
    column = f", column {found[2]}" if found and found[2] else ""
    source = text.split("\n")[line - 1].strip()
    key = source.partition("=")[0].strip()[:60] if "=" in source else ""
    if twice := re.match(r"Duplicate inline table key '(.*)'", what):
        return f", line {line}: {key}: {twice[1]} is set twice"
    if what.startswith(("Cannot overwrite a value", "Cannot mutate immutable namespace")):
        return f", line {line}: {key or source[:60]} is set twice"
    if what.startswith(("Cannot declare", "Cannot redefine namespace")):
        return f", line {line}: {source[:60]} is a table or key that stands in the file already"
    what = IN_PLAIN_WORDS.get(what, what)
    field = f" {key}:" if key else ""
    return f", line {line}{column}:{field} is not valid TOML: {what[:1].lower()}{what[1:200]}"
