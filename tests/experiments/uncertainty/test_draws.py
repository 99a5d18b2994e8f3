"""Draws of parameters by replication: the right draw reaches the right run, and files of them are checked."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from experiments import InputError, sweep
from experiments.studies.store.layout import DRAWS, read_runs, run_key
from experiments.support.verified_files import sidecar
from experiments.uncertainty.draws import ParameterDraws, read_draws
from simulation.parameters import PARAMETERS
from tests.experiments.sweeps import in_this_process, plan_of

NAMES = ("acute_need.rate", "linkage.rate")


def sample(n: int = 3, **more: Any) -> ParameterDraws:
    base = np.array([PARAMETERS[name].value for name in NAMES])
    return ParameterDraws(NAMES, base * (1 + 0.01 * np.arange(n))[:, None], "toy", "people_who_use_drugs", **more)


def test_two_runs_share_a_draw_and_after_the_last_comes_the_first() -> None:
    assert [sample().number(r) for r in range(8)] == [0, 0, 1, 1, 2, 2, 0, 0]
    assert [sample(runs_per_draw=1).number(r) for r in range(4)] == [0, 1, 2, 0]
    assert sample().of(3) == dict(zip(NAMES, sample().values[1].tolist(), strict=True))


def test_a_file_gives_the_same_draws_again(tmp_path: Path) -> None:
    sample().write(tmp_path / "d.parquet")
    again = read_draws(tmp_path / "d.parquet")
    assert again.names == NAMES and np.array_equal(again.values, sample().values)
    assert (again.label, again.profile, again.digest) == ("toy", "people_who_use_drugs", sample().digest)
    assert sample(4).digest != sample().digest != sample(runs_per_draw=1).digest


def rewritten(path: Path, **columns: list[float]) -> None:
    table = pq.read_table(path)
    new = pa.table({name: column for name, column in columns.items()})
    pq.write_table(new.replace_schema_metadata(table.schema.metadata), path)
    sidecar(path).unlink()


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"linkage.speed": [1.0]}, "no parameter linkage.speed"),
        ({"linkage.rate": [-1.0]}, "linkage.rate has values outside"),
        ({"linkage.rate": [float("nan")]}, "linkage.rate has values outside"),
        ({"linkage.rate": []}, "holds no draws"),
    ],
)
def test_a_file_for_another_model_is_refused(tmp_path: Path, columns: dict[str, list[float]], said: str) -> None:
    sample().write(tmp_path / "d.parquet")
    rewritten(tmp_path / "d.parquet", **columns)
    with pytest.raises(InputError, match=said):
        read_draws(tmp_path / "d.parquet")


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_draws(tmp_path / "nothing.parquet")
    (tmp_path / "text.parquet").write_text("text")
    with pytest.raises(InputError, match="not a file of parameter draws"):
        read_draws(tmp_path / "text.parquet")
    pq.write_table(pa.table({"linkage.rate": [0.1]}), tmp_path / "other.parquet")
    with pytest.raises(InputError, match="not a file of parameter draws"):
        read_draws(tmp_path / "other.parquet")


def test_one_bit_of_a_posterior_is_found(tmp_path: Path) -> None:
    path = tmp_path / "d.parquet"
    sample(40).write(path)
    whole = path.read_bytes()
    for place in range(4, len(whole), 37):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << place % 8]) + whole[place + 1 :])
        with pytest.raises(InputError, match="is damaged|not a file of parameter draws"):
            read_draws(path)


@pytest.mark.parametrize(
    ("rows", "said"), [(1_000_001, "too large for parameter draws .1,000,001 rows"), (1_000_000, None)]
)
def test_a_small_file_that_would_fill_the_memory_is_refused_by_its_footer(
    tmp_path: Path, rows: int, said: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample(1).write(tmp_path / "d.parquet")
    metadata = pq.read_schema(tmp_path / "d.parquet").metadata
    many = pa.table({"linkage.rate": np.full(rows, 0.1)}).replace_schema_metadata(metadata)
    pq.write_table(many, tmp_path / "many.parquet", compression="zstd")
    assert (tmp_path / "many.parquet").stat().st_size < 100_000
    if said is None:
        assert len(read_draws(tmp_path / "many.parquet")) == rows
        return
    monkeypatch.setattr(pq.ParquetFile, "read", None)  # nothing is read
    with pytest.raises(InputError, match=said):
        read_draws(tmp_path / "many.parquet")


@pytest.mark.parametrize("kind", ["lists", "texts", "footer"])
def test_what_no_sample_holds_is_refused_before_it_is_read(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample(1).write(tmp_path / "d.parquet")
    held = pq.read_table(tmp_path / "d.parquet")
    metadata = dict(held.schema.metadata)
    found = {"lists": pa.table({"linkage.rate": [[0.1] * 100_000]}), "texts": pa.table({"linkage.rate": ["a" * 100]})}
    if kind == "footer":
        metadata[b"peerbridge label"] = b"x" * 5_000_000
    pq.write_table(found.get(kind, held).replace_schema_metadata(metadata), tmp_path / "odd.parquet")
    monkeypatch.setattr(pq.ParquetFile, "read", None)  # nothing is read
    if kind == "footer":
        monkeypatch.setattr(pq, "read_metadata", None)
    with pytest.raises(InputError, match="is not a file of parameter draws .(a column|its footer)"):
        read_draws(tmp_path / "odd.parquet")


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("label", "\x1b]0;owned\x07\x1b[2Jposterior\r\nfake line\u202e", None),
        ("label", "x" * 400, "more than 300 characters"),
        ("runs_per_draw", "1" + "0" * 12, "runs that share one"),
        ("runs_per_draw", "1" * 5000, "not a file of parameter draws"),
        ("runs_per_draw", "-1", "runs that share one"),
    ],
)
def test_what_a_strangers_file_says_is_shown_safely(tmp_path: Path, key: str, value: str, said: str | None) -> None:
    table = pa.table({"linkage.rate": [0.1]})
    held = {"label": "posterior", "profile": "people_who_use_drugs", "runs_per_draw": "2"} | {key: value}
    table = table.replace_schema_metadata({f"peerbridge {name}": text for name, text in held.items()})
    pq.write_table(table, tmp_path / "d.parquet")
    if said is None:
        assert read_draws(tmp_path / "d.parquet").label.isprintable()
        return
    with pytest.raises(InputError, match=said):
        read_draws(tmp_path / "d.parquet")


def test_every_run_of_a_sweep_uses_the_draw_of_its_replication(
    fake: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_this_process(monkeypatch)
    plan = replace(plan_of(tmp_path), draws=sample())
    for name, study in (("with", plan), ("without", plan_of(tmp_path))):
        sweep(study, out=tmp_path / name, replications=6)
    mine, plain = (read_runs(tmp_path / name).to_pandas() for name in ("with", "without"))
    added = (mine["readmission_30d"] - plain["readmission_30d"]).to_numpy()
    expected = [sum(sample().of(r).values()) for r in mine["replication"]]
    assert added == pytest.approx(expected)
    assert not set(mine["key"]) & set(plain["key"])
    assert read_draws(tmp_path / "with" / DRAWS).digest == plan.draws.digest


def test_a_folder_of_other_draws_is_refused(fake: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    in_this_process(monkeypatch)
    sweep(replace(plan_of(tmp_path), draws=sample()), out=tmp_path / "out", replications=1)
    with pytest.raises(InputError, match="different study"):
        sweep(replace(plan_of(tmp_path), draws=sample(4)), out=tmp_path / "out", replications=1)


def test_a_run_without_draws_keeps_its_key() -> None:
    assert run_key("m", "c", 1, 2) != run_key("m", "c", 1, 2, sample())
    assert run_key("m", "c", 1, 2) == run_key("m", "c", 1, 2, None)
