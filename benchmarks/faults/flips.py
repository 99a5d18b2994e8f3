"""Flip single bits in every file that a command reads back; a reader may say so, but never show something else.

`python -m benchmarks.faults.flips --number 10000` prints how often damage was named, changed nothing, changed what
was read without a word, or ended in a traceback. Exit code 1 for the last two.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.faults.studies import STUDY, fake_model, in_child, peerbridge
from experiments.support.errors import InputError
from simulation.draws import named_uniforms

Reader = Callable[[], object]


def main() -> None:
    """Flip the bits and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--number", type=int, default=1_000, help="bits in all")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    fake_model()
    from experiments.support import verified_files

    verified_files.PAUSE_SECONDS = 0.0
    with tempfile.TemporaryDirectory() as place:
        files = prepared(Path(place))
        each = -(-given.number // len(files))
        bad = sum(flipped(path, read, each, given.seed) for path, read in files.items())
    sys.exit(1 if bad else 0)


def prepared(base: Path) -> dict[Path, Reader]:
    """Files in a study, a posterior and a calibration's virtual trials, each with what reads it."""
    from experiments import read_study
    from experiments.studies import maintenance
    from experiments.support.verified_files import read_table, write_verified
    from experiments.trials import batches
    from experiments.uncertainty import draws

    (base / "s.toml").write_text(STUDY, encoding="utf-8")
    posterior = draws.ParameterDraws(
        ("linkage.rate",), np.linspace(0.01, 0.2, 50)[:, None], "posterior", "people_who_use_drugs"
    )
    posterior.write(base / "posterior.parquet")
    study = base / "study"
    words = ["sweep", base / "s.toml", "--workers", 1, "--out", study, "--posterior", base / "posterior.parquet"]
    assert in_child(lambda: peerbridge(*words)) == 0
    trial = base / batches.FOLDER / "navstar-00000.parquet"
    trial.parent.mkdir()

    def write(path: Path) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        pq.write_table(pa.table({"readmission|peer": np.linspace(0, 1, 100), "seconds": np.ones(100)}), path)

    write_verified(trial, write)

    def exported() -> bytes:
        maintenance.export(study, base / "x.csv")
        return (base / "x.csv").read_bytes()

    def read_draws(path: Path) -> Reader:
        def read() -> object:
            draws._read.cache_clear()
            found = draws.read_draws(path)
            return found.digest, found.label, found.profile

        return read

    def told() -> object:
        data = read_study(study)
        return data.manifest, data.series("daily:").to_csv(), data.design.to_csv(), exported()

    found: dict[Path, Reader] = {
        base / "posterior.parquet": read_draws(base / "posterior.parquet"),
        study / "draws.parquet": read_draws(study / "draws.parquet"),
        trial: lambda: read_table(trial).to_pydict(),
    }
    for pattern in ("manifest.json", "design.csv", "runs/*.parquet", "series/*.parquet", "sessions/*.json"):
        found[min(study.glob(pattern))] = told
    return found


def flipped(path: Path, read: Reader, number: int, seed: int) -> int:
    """Flip `number` bits of a file, one at a time; how often that was silent or a traceback."""
    whole, expected = path.read_bytes(), repr(read())
    places = (8 * len(whole) * named_uniforms(seed, f"flip {path.name}", number)).astype(int).tolist()
    said: Counter[str] = Counter()
    for place in places:
        content = bytearray(whole)
        content[place // 8] ^= 1 << place % 8
        path.write_bytes(content)
        try:
            found = repr(read())
        except InputError as error:
            said["named" if path.name in str(error) else "refused"] += 1
        except Exception as error:  # what no reader may do
            said[f"traceback {type(error).__name__}"] += 1
        else:
            said["nothing changed" if found == expected else "SILENTLY DIFFERENT"] += 1
    path.write_bytes(whole)
    os.utime(path)
    bad = sum(n for word, n in said.items() if word.startswith(("traceback", "SILENTLY")))
    print(f"{path.parent.name}/{path.name:32} {number:6} bits  {dict(said)}", flush=True)
    return bad


if __name__ == "__main__":
    main()
