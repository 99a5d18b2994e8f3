"""Marked values are planted in every layout and searched for in everything that comes out of an import."""

import logging
import os
import re
import tempfile
from pathlib import Path

import pytest

from experiments.cli.entry import main
from tests.experiments.site_data.test_field import LAYOUTS, TABLES

MARK = "ZQX7731"


def call(*words):
    with pytest.raises(SystemExit) as ended:
        main([str(word) for word in words])
    return ended.value.code


def planted(name, folder):
    """The layout with marked keys, extra cells and, where it has dates, other dates."""
    content = (TABLES / LAYOUTS[name]).read_bytes().decode("utf-8-sig" if name == "lbz" else "cp1252")
    content = re.sub(r"\b(H?10000\d{3})\b", rf"{MARK}\1", content)
    content = re.sub(r"\b(5bc8fbbc|d76d4330|87b0b125)-", rf"{MARK}-\1-", content)
    content = content.replace("2023", "2031")  # a year that stands nowhere else
    for cell in ("UNKNOWN", "Süd", "o-1", "Female"):
        content = content.replace(cell, MARK)
    assert MARK in content
    path = folder / "table.csv"
    path.write_text(content, encoding="utf-8")
    return path, content


def everything(folder, capsys, caplog):
    shown = capsys.readouterr()
    files = [path for path in folder.rglob("*") if path.is_file()] if folder.exists() else []
    return shown.out + shown.err + caplog.text + "".join(path.read_bytes().decode("latin-1") for path in files)


@pytest.mark.parametrize("spoil", ["", "unknown code", "bad date", "ragged", "open quote"])
@pytest.mark.parametrize("name", LAYOUTS)
def test_no_marked_value_comes_out_of_an_import(tmp_path, capsys, caplog, monkeypatch, name, spoil):
    caplog.set_level(logging.DEBUG)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    monkeypatch.setattr(tempfile, "tempdir", None)
    source = tmp_path / "source"
    source.mkdir()
    path, content = planted(name, source)
    lines = content.splitlines()
    if spoil == "unknown code":
        lines[3] = re.sub("HOME|Naar huis|011|(?<=,1),7,|\\|1\\|19", f"{MARK}wort", lines[3]) + MARK
    elif spoil == "bad date":
        lines[3] = re.sub(r"\d{4,}", MARK, lines[3])
    elif spoil == "ragged":
        lines[3] = f"{MARK},{MARK};{MARK}|{MARK}"
    elif spoil == "open quote":
        lines[3] = f'"{MARK}{lines[3]}'
    path.write_text("\n".join(lines), encoding="utf-8")
    out = tmp_path / "out"
    code = call("import", path, "--out", out)
    assert code == 0 if not spoil else code in (0, 2)
    said = everything(out, capsys, caplog)
    assert MARK not in said and "2031" not in said and "Traceback" not in said
    assert not re.search(r"H?10000\d{3}", said) and "5bc8fbbc" not in said
    assert os.listdir(scratch) == []
    if not spoil:
        assert (out / "discharges.csv").exists() and Path(out / "mapping.toml").exists()
