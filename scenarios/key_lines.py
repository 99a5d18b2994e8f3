"""Find the line of every key in a TOML text; tomllib gives values only."""

from __future__ import annotations

import re
import tomllib

KeyPath = tuple[str, ...]
"""Parts of a key with the tables it stands in: `("programme", "peers")`."""

_DEEPEST = 6

_SPACE = re.compile(r"[ \t]*")
_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*+")
_KEY_PART = re.compile(r"""[ \t]*("(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[A-Za-z0-9_-]+)[ \t]*""")
_STRING = re.compile(
    r'''"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*\'''',
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}#\r\n]*")
_INSIDE_LIST = re.compile(r"""[^"'#\[\]]+|#[^\n]*""")


def key_lines(text: str) -> dict[KeyPath, int]:
    """Return the first line, counted from 1, of every table and key of `text`, which must be valid TOML.

    Keys of `[[name]]` tables are there twice: as `("name", key)`, and with the number of the table, from 0, as
    `("name", "0", key)`. Tables, dotted and quoted keys and inline tables are followed; tables inside lists are not,
    and only the first six parts of a key are kept.
    """
    return _Scan(text).lines


class _Scan:
    """Scanner of one valid TOML text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[KeyPath, int] = {}
        self._counted_to, self._line = 0, 1
        table: KeyPath = ()
        listed: dict[KeyPath, int] = {}
        self._number: str | None = None
        self._skip(_BLANK)
        while self.at < len(text):
            if text[self.at] == "[":
                brackets = 2 if text.startswith("[[", self.at) else 1
                self.at += brackets
                table = self._key(())
                self.at += brackets
                self._number = None
                if brackets == 2:
                    listed[table] = listed.get(table, -1) + 1
                    self._number = str(listed[table])
                    self.lines.setdefault((*table, self._number)[:_DEEPEST], self._line)
            else:
                self._pair(table)
            self._skip(_BLANK)

    def _skip(self, pattern: re.Pattern[str]) -> None:
        found = pattern.match(self.text, self.at)
        self.at = found.end() if found else self.at

    def _pair(self, table: KeyPath) -> None:
        path = self._key(table)
        if self._number is not None:
            self.lines.setdefault((*table, self._number, *path[len(table) :])[:_DEEPEST], self._line)
        self.at += 1  # the equals sign
        self._skip(_SPACE)
        self._value(path)

    def _key(self, table: KeyPath) -> KeyPath:
        self._line += self.text.count("\n", self._counted_to, self.at)
        self._counted_to = self.at
        path = table
        while found := _KEY_PART.match(self.text, self.at):
            self.at = found.end()
            part = found[1]
            path = (*path, tomllib.loads(f"part = {part}")["part"] if part[0] in "\"'" else part)[:_DEEPEST]
            self.lines.setdefault(path, self._line)
            if not self.text.startswith(".", self.at):
                break
            self.at += 1
        return path

    def _value(self, path: KeyPath) -> None:
        first = self.text[self.at]
        if first == "{":
            self.at += 1
            self._skip(_BLANK)
            while self.text[self.at] != "}":
                self._pair(path)
                self._skip(_BLANK)
                if self.text[self.at] == ",":
                    self.at += 1
                self._skip(_BLANK)
            self.at += 1
        elif first == "[":
            self._list()
        else:
            self._skip(_STRING if first in "\"'" else _SCALAR)

    def _list(self) -> None:
        depth = 0
        while True:
            character = self.text[self.at]
            if character in "[]":
                depth += 1 if character == "[" else -1
                self.at += 1
                if depth == 0:
                    return
            else:
                self._skip(_STRING if character in "\"'" else _INSIDE_LIST)
