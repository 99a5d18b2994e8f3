"""A study folder with a damaged file: named by whatever reads it, set aside and made again by the same sweep."""

from pathlib import Path
from typing import Any

import pytest

from experiments import InputError, read_study, sweep
from experiments.execution import executors
from experiments.execution.kept_tables import SERIES_DAILY
from experiments.execution.scheduler import WorkerPool
from experiments.execution.tasks import RunOptions
from experiments.studies import maintenance, session
from experiments.studies import sweep as sweeping
from experiments.studies.store import layout
from experiments.support import verified_files
from tests.experiments.sweeps import STUDY, bytes_of, in_this_process, plan_of

KEEPING = STUDY.replace("number = 12", "number = 4") + "[keep]\ndaily = true\n"


@pytest.fixture
def study(fake: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(verified_files, "PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(session, "FLUSH_SECONDS", -1.0)
    monkeypatch.setattr("experiments.execution.scheduler.AIM_SECONDS", 0.0)
    monkeypatch.setattr(
        sweeping, "_hire", lambda *_: WorkerPool(executors.serial(), 1, RunOptions((SERIES_DAILY,)), ahead=1)
    )
    sweep(plan_of(tmp_path, KEEPING), out=tmp_path / "out")
    return tmp_path / "out"


def series_of(study: Path) -> list[tuple[Any, ...]]:
    found = [verified_files.read_table(path) for path in (study / "series").glob("*.parquet")]
    return sorted(tuple(row.values()) for table in found for row in table.to_pylist())


def flip(path: Path, seed: int) -> None:
    content = bytearray(path.read_bytes())
    place = (7919 * seed + 31) % len(content)
    content[place] ^= 1 << seed % 8
    path.write_bytes(content)


@pytest.mark.parametrize(
    "what", ["manifest.json", "design.csv", "runs/*.parquet", "series/*.parquet", "sessions/*.json"]
)
def test_damage_is_named_and_mended(study: Path, tmp_path: Path, what: str) -> None:
    table, series = bytes_of(study, tmp_path / "a"), series_of(study)
    for seed in range(3):
        damaged = sorted(study.glob(what))[0]
        flip(damaged, seed)
        with pytest.raises(InputError, match=f"{damaged.name}: is damaged"):
            if what == "series/*.parquet":
                read_study(study).series("daily:")
            else:
                maintenance.export(study, tmp_path / "x.csv")
        said: list[str] = []
        assert sweep(plan_of(tmp_path, KEEPING), out=study, on_message=said.append).state == "complete"
        assert (
            any(damaged.name in line and "set aside the damaged" in line for line in said) or what == "runs/*.parquet"
        )
        assert list((study / "quarantine").glob(f"{damaged.stem}*{damaged.suffix}"))
        assert bytes_of(study, tmp_path / "a") == table
        assert series_of(study) == series


def test_only_the_runs_of_a_lost_series_are_made_again(study: Path, tmp_path: Path) -> None:
    assert len(list((study / "series").glob("*.parquet"))) > 3
    flip(sorted((study / "series").glob("*.parquet"))[1], 1)
    data = sweep(plan_of(tmp_path, KEEPING), out=study)
    assert 0 < data.manifest["sessions"][-1]["runs"] < 5


def test_a_damaged_manifest_is_not_replaced_by_that_of_another_study(study: Path, tmp_path: Path) -> None:
    flip(study / "manifest.json", 1)
    before = {path: path.read_bytes() for path in study.rglob("*") if path.is_file()}
    with pytest.raises(InputError, match=r"manifest.json is damaged and its runs are of another study"):
        sweep(plan_of(tmp_path / "b", KEEPING.replace("[2, 4, 8]", "[2, 4, 9]")), out=study)
    assert {path: path.read_bytes() for path in study.rglob("*") if path.is_file()} == before


def test_a_sound_file_is_not_set_aside_because_the_machine_is_short_of_handles(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def short(path: Path) -> None:
        raise OSError(24, "Too many open files", str(path))

    with monkeypatch.context() as patch:
        patch.setattr("experiments.studies.store.shards.verify", short)
        with pytest.raises(InputError, match="Too many open files"):
            sweep(plan_of(tmp_path, KEEPING), out=study)
    assert not (study / "quarantine").exists() and layout.run_files(study)


@pytest.mark.parametrize(
    "name", ["seed=7/x", "replication=3/x", "point=1", "status=bad", "readmission_30d=0.5", "peers=4", "~x", "a*[b]"]
)
def test_the_name_of_a_folder_changes_nothing(
    fake: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    in_this_process(monkeypatch)
    monkeypatch.chdir(tmp_path)
    plan = plan_of(tmp_path, replications=2)
    for folder in ("plain", name):
        sweep(plan, out=folder)
        maintenance.export(folder, tmp_path / f"{folder[0]}.csv")
    assert (tmp_path / "p.csv").read_bytes() == (tmp_path / f"{name[0]}.csv").read_bytes()
    assert read_study(name).matrix("reach").tolist() == read_study("plain").matrix("reach").tolist()
