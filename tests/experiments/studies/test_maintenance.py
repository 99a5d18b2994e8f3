"""Looking after folders: info, merge, compact, export, and any run made again to the same bits."""

import json
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from experiments import InputError, sweep
from experiments.cli.entry import main
from experiments.outcomes.registry import OUTCOMES
from experiments.studies import maintenance
from experiments.studies.rerun import rerun
from experiments.studies.store import layout
from experiments.studies.store.shards import Shards
from experiments.studies.store.writer import digest
from experiments.support.result_folders import lock
from tests.experiments.endings import ended_at
from tests.experiments.sweeps import POINTS, STUDY, bytes_of, in_this_process, plan_of


@pytest.fixture
def halves(fake: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """One study in two folders, as two machines without a common disk make it."""
    in_this_process(monkeypatch)
    plan = plan_of(tmp_path)
    for part in (1, 2):
        sweep(plan, out=tmp_path / f"half-{part}", shard=(part, 2))
    return tmp_path / "half-1", tmp_path / "half-2"


def peerbridge(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main([str(word) for word in words])
    said = capsys.readouterr()
    return int(str(ended.value.code)), said.out, said.err


def test_halves_are_joined_to_the_table_of_the_whole(halves: tuple[Path, Path], tmp_path: Path) -> None:
    whole, joined = tmp_path / "whole", tmp_path / "joined"
    sweep(plan_of(tmp_path), out=whole)
    assert maintenance.merge(halves, joined) == POINTS * 12
    assert bytes_of(joined, tmp_path / "a") == bytes_of(whole, tmp_path / "b")
    assert layout.read_manifest(joined)["state"] == "complete" and maintenance.info(joined).missing == 0
    assert maintenance.merge([whole, halves[0]], joined) == POINTS * 12  # again, with runs that are there
    assert bytes_of(joined, tmp_path / "a") == bytes_of(whole, tmp_path / "b")
    for ending in ("csv", "parquet", "xlsx"):
        for name in ("joined", "whole"):
            maintenance.export(tmp_path / name, tmp_path / f"{name}.{ending}")
        assert (tmp_path / f"joined.{ending}").read_bytes() == (tmp_path / f"whole.{ending}").read_bytes()


def test_what_is_exported_is_every_run_with_every_digit(halves: tuple[Path, Path], tmp_path: Path) -> None:
    maintenance.merge(halves, tmp_path / "joined")
    for ending in ("csv", "parquet", "xlsx"):
        assert maintenance.export(tmp_path / "joined", tmp_path / f"runs.{ending}") == POINTS * 12
    table = layout.final_table(tmp_path / "joined")
    assert pd.read_parquet(tmp_path / "runs.parquet").equals(table.to_pandas())
    assert not set(layout.TIMING) & set(table.column_names)
    frame = pd.read_csv(tmp_path / "runs.csv")
    assert list(frame["readmission_30d"]) == table["readmission_30d"].to_pylist()
    sheet = openpyxl.load_workbook(tmp_path / "runs.xlsx")["runs"]
    rows = list(sheet.iter_rows(values_only=True))
    assert list(rows[0]) == table.column_names and len(rows) == 1 + POINTS * 12
    column = rows[0].index("peer_burnout_mean")  # not defined without peers: empty, not a number
    assert rows[1][column] is None and rows[2][column] == table["peer_burnout_mean"][1].as_py()
    with pytest.raises(InputError, match="must end in .csv, .parquet or .xlsx"):
        maintenance.export(tmp_path / "joined", tmp_path / "runs.txt")


def test_other_studies_are_not_joined(halves: tuple[Path, Path], tmp_path: Path) -> None:
    sweep(plan_of(tmp_path / "b", STUDY.replace("[30, 90]", "[30, 60]")), out=tmp_path / "other", replications=1)
    with pytest.raises(InputError, match="other: holds another study than .*half-1"):
        maintenance.merge([halves[0], tmp_path / "other"], tmp_path / "joined")
    assert not (tmp_path / "joined").exists()
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="holds something else"):
        maintenance.merge(halves, tmp_path / "notes")
    with pytest.raises(InputError, match="no study is there"):
        maintenance.merge([tmp_path / "notes"], tmp_path / "joined")


def test_info_says_what_is_missing(
    halves: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, printed, _ = peerbridge(capsys, "study", "info", halves[0])
    assert code == 0 and "42 of 84 finished; failed: none; missing: 42" in printed and "goes on" in printed
    code, printed, _ = peerbridge(capsys, "study", "info", halves[0], "--json")
    found = json.loads(printed)
    assert found["missing"] == 42 and found["state"] == "running" and not found["at_work"] and found["same_model"]
    code, _, said = peerbridge(capsys, "study", "info", tmp_path / "nowhere")
    assert code == 2 and said == f"peerbridge: {tmp_path / 'nowhere'}: no study is there (it has no manifest.json)\n"


def test_many_small_files_become_one(halves: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    folder = halves[0]
    manifest = layout.read_manifest(folder)
    table = layout.read_runs(folder)
    for path in layout.run_files(folder):
        path.unlink()
    shards = Shards(folder, digest(manifest["specification"]), "1of2")
    for i in range(0, table.num_rows, 3):
        shards.add(table.slice(i, 3), {})
    assert len(layout.run_files(folder)) == 14
    assert peerbridge(capsys, "study", "compact", folder)[1] == f"{folder}: 14 files of runs, now 1.\n"
    assert layout.read_runs(folder).to_pandas().equals(table.to_pandas())


def test_any_run_is_made_again_to_the_same_bits(
    halves: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = layout.read_runs(halves[0], ["key"])["key"].to_pylist()
    assert all(rerun(halves[0], key).same for key in keys)
    code, printed, _ = peerbridge(capsys, "rerun", halves[0], keys[0][:9], "--out", tmp_path / "one", "--daily")
    assert code == 0 and f"The same bits: all {len(OUTCOMES)} outcomes" in printed
    assert {"scenario.toml", "outcomes.csv", "daily.csv", "discharges.csv"} == {
        path.name for path in (tmp_path / "one").iterdir()
    }
    for words, said in (
        (("0000",), "holds no run with this key"),
        (("xyz!",), "a key is 4 to 32 of the digits"),
        ((keys[0], "--out", tmp_path / "one"), "is there already"),
        ((keys[0], "--daily"), "--daily needs --out"),
    ):
        code, _, error = peerbridge(capsys, "rerun", halves[0], *words)
        assert code == 2 and said in error and error.count("\n") == 1


def test_a_run_that_differs_is_shown(
    halves: tuple[Path, Path], fake: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import simulation

    key = layout.read_runs(halves[0], ["key"])["key"][5].as_py()
    values = fake.outcome_values

    def edited(config: Any, seed: int, replication: int) -> dict[str, float]:
        found = dict(values(config, seed, replication))
        found["reach"] += 2.0**-52
        return found

    monkeypatch.setattr(fake, "outcome_values", edited)
    code, printed, _ = peerbridge(capsys, "rerun", halves[0], key)
    assert code == 1 and f"1 of {len(OUTCOMES)} outcomes differ" in printed and "reach" in printed
    monkeypatch.setattr(simulation, "SOURCE_HASH", "edited")
    assert "not the one installed here" in peerbridge(capsys, "rerun", halves[0], key)[1]


def test_a_run_that_failed_fails_again(
    fake: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    in_this_process(monkeypatch)
    monkeypatch.setenv("FAKE_BROKEN", "usual-care:1")
    data = sweep(plan_of(tmp_path), out=tmp_path / "out", replications=2)
    code, printed, _ = peerbridge(capsys, "rerun", tmp_path / "out", data.failed.key[0])
    assert code == 0 and "fails again, in the same way: ZeroDivisionError: broken on purpose" in printed
    monkeypatch.delenv("FAKE_BROKEN")
    assert peerbridge(capsys, "rerun", tmp_path / "out", data.failed.key[0])[0] == 1


@pytest.mark.parametrize("how", ["killed", "ctrl-c"])
def test_a_merge_that_ends_at_any_file_goes_on(
    halves: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    maintenance.merge(halves, tmp_path / "whole")
    expected = bytes_of(tmp_path / "whole", tmp_path / "a")
    files = 0
    while True:
        out = tmp_path / f"joined-{files}"
        ended = ended_at(files, how, lambda out=out: maintenance.merge(halves, out), monkeypatch)
        assert maintenance.merge(halves, out) == POINTS * 12
        assert bytes_of(out, tmp_path / "b") == expected
        assert not (out / "quarantine").exists() and not list(out.rglob(".writing-*"))
        if not ended:
            break
        files += 1
    assert files > 10


def test_sources_that_may_only_be_read_are_merged(halves: tuple[Path, Path], tmp_path: Path, monkeypatch: Any) -> None:
    def refuse(path: Path, *, shared: bool = False) -> Any:
        if path.parent in halves:
            raise PermissionError(13, "Permission denied", str(path))
        return lock(path, shared=shared)

    monkeypatch.setattr(maintenance, "lock", refuse)
    assert maintenance.merge(halves, tmp_path / "joined") == POINTS * 12


def test_a_damaged_source_is_named_and_not_copied(halves: tuple[Path, Path], tmp_path: Path) -> None:
    path = layout.run_files(halves[1])[0]
    path.write_bytes(path.read_bytes()[:-9] + b"X" + path.read_bytes()[-8:])
    with pytest.raises(InputError, match=f"{path.name}: is damaged"):
        maintenance.merge(halves, tmp_path / "joined")
    assert not list((tmp_path / "joined" / "runs").glob(path.name))
