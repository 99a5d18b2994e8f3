"""Files with a digest: damage is found, a kill at any step leaves no false alarm, paths are names and nothing else."""

import subprocess
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from experiments.support import verified_files
from experiments.support.verified_files import (
    Damaged,
    dataset,
    is_intact,
    read_bytes,
    read_table,
    remove_left_sidecars,
    sidecar,
    write_verified,
    write_verified_text,
)
from tests.experiments.endings import ended_at


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verified_files, "PAUSE_SECONDS", 0.0)


def table(path: Path, **columns: list[float]) -> Path:
    write_verified(path, lambda temporary: pq.write_table(pa.table(columns), temporary))
    return path


def test_what_was_written_is_read(tmp_path: Path) -> None:
    write_verified_text(tmp_path / "a.json", "one")
    write_verified_text(tmp_path / "a.json", "two")
    assert read_bytes(tmp_path / "a.json") == b"two"
    checked = subprocess.run(["sha256sum", "--check", ".a.json.sha256"], cwd=tmp_path, capture_output=True, text=True)
    assert checked.returncode == 0 and checked.stdout == "a.json: OK\n"


def test_one_bit_anywhere_is_found(tmp_path: Path) -> None:
    path = table(tmp_path / "a.parquet", x=[1.0, 2.0], y=[3.0, 4.0])
    whole = path.read_bytes()
    for place in range(0, len(whole), 7):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << place % 8]) + whole[place + 1 :])
        with pytest.raises(Damaged, match="a.parquet: is damaged"):
            read_table(path)
    path.write_bytes(whole)
    assert read_table(path, ["y"]).to_pydict() == {"y": [3.0, 4.0]}
    sidecar(path).write_bytes(b"nonsense")
    with pytest.raises(Damaged):
        read_table(path)


def test_a_file_without_a_digest_is_read_and_a_broken_one_named(tmp_path: Path) -> None:
    path = table(tmp_path / "a.parquet", x=[1.0])
    sidecar(path).unlink()
    assert read_table(path).num_rows == 1
    path.write_bytes(b"PAR1 and no more")
    for read in (read_table, lambda path: dataset([path])):
        with pytest.raises(Damaged, match="a.parquet: is damaged"):
            read(path)


@pytest.mark.parametrize("how", ["killed", "ctrl-c"])
def test_an_end_at_any_step_is_no_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    steps = 0
    path = tmp_path / "a.json"
    write_verified_text(path, "old")
    while ended_at(steps, how, lambda: write_verified_text(path, "new"), monkeypatch):
        assert read_bytes(path) in (b"old", b"new")
        steps += 1
        write_verified_text(path, "old")
    assert steps == 3 and read_bytes(path) == b"new"


def test_what_was_damaged_is_not_made_good_by_writing_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.json"
    write_verified_text(path, "old")
    path.write_text("odd")
    assert ended_at(1, "killed", lambda: write_verified_text(path, "new"), monkeypatch)
    assert path.read_text() == "odd" and not is_intact(path)


def test_digests_of_nothing_are_removed(tmp_path: Path) -> None:
    for name in ("all-1", "2of4-1"):
        write_verified_text(tmp_path / name, "x")
        (tmp_path / name).unlink()
    write_verified_text(tmp_path / "all-2", "x")
    remove_left_sidecars(tmp_path, "all-")
    assert {path.name for path in tmp_path.iterdir()} == {".2of4-1.sha256", "all-2", ".all-2.sha256"}


@pytest.mark.parametrize("folder", ["x=7", "~x", "~root", "a*b", "a[1]", "s3:", "a'b\"c"])
def test_nothing_in_a_path_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str) -> None:
    monkeypatch.chdir(tmp_path)
    Path(folder).mkdir()
    path = table(Path(folder) / "a.parquet", x=[1.0], y=[2.0])
    assert read_table(path).to_pydict() == {"x": [1.0], "y": [2.0]}
    assert dataset([path]).to_table().to_pydict() == {"x": [1.0], "y": [2.0]}
