"""Hand every parser damaged and invented inputs: an input is read or refused in words, soon and in little memory.

`python -m benchmarks.faults.fuzz --number 100000` prints for each format how many inputs were read, refused and failed,
the longest time and the most memory. Hypothesis makes the inputs: valid files with pieces replaced, doubled, cut out
or moved, and texts of its own. Exit code 1 if one ended in a traceback or took over 10 seconds.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

ROOT = Path(__file__).resolve().parents[2]
SLOW_SECONDS = 10.0

PIECES = (
    b"\x00", b"\xff", b"\xef\xbb\xbf", b"\r", b"\r\n", b"\n\n", b'"', b"'''", b"[[", b"]]", b"{", b"}", b"=", b".",
    b",", b";", b"\t", b"nan", b"inf", b"-0.0", b"-1", b"1e309", b"9" * 40, b"0x10", b"1_0", b"true", b"\xc2\xb2",
    b"\xef\xbc\x91\xef\xbc\x92", b"\xe2\x80\xae", b"\x1b[2J", b"=cmd()", b"../../etc/passwd", b"a.b.c.d", b"[x]\n",
    b"#", b"\\u202e", b"e" * 200,
)  # fmt: skip
"""What an input may get that it had not."""


@st.composite
def mutated(draw: st.DrawFn, samples: list[bytes]) -> bytes:
    """A sample with one to four changes, or bytes of hypothesis's own."""
    if draw(st.integers(0, 19)) == 0:
        return draw(
            st.one_of(st.binary(max_size=300), st.text(max_size=300).map(lambda t: t.encode("utf-8", "replace")))
        )
    content = draw(st.sampled_from(samples))
    for _ in range(draw(st.integers(1, 4))):
        a, b = sorted((draw(st.integers(0, len(content))), draw(st.integers(0, len(content)))))
        b = min(b, a + draw(st.integers(0, 40)))
        kind = draw(st.integers(0, 4))
        if kind == 0:
            content = content[:a] + content[b:]
        elif kind == 1:
            content = content[:a] + draw(st.sampled_from(PIECES)) + content[b:]
        elif kind == 2:
            content = content[:b] + content[a:b] * draw(st.integers(1, 3)) + content[b:]
        elif kind == 3 and content:
            at = min(a, len(content) - 1)
            content = content[:at] + bytes([content[at] ^ 1 << draw(st.integers(0, 7))]) + content[at + 1 :]
        else:
            c = draw(st.integers(0, len(content)))
            content = content[:a] + content[b:c] + content[a:b] + content[c:]
    return content


def main() -> None:
    """Fuzz every format and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--number", type=int, default=5_000, help="inputs in all")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        formats = parsers(Path(place))
        each = -(-options.number // len(formats))
        bad = sum(fuzzed(name, read, samples, each, options.seed) for name, (read, samples) in formats.items())
    print(f"most memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    sys.exit(1 if bad else 0)


Parsers = dict[str, tuple[Callable[[bytes], object], list[bytes]]]


def parsers(base: Path) -> Parsers:
    """Formats by name: what reads an input, and valid samples."""
    from dashboard.catalogue.address import read as read_address
    from experiments.studies.definition.reader import read_study_file
    from experiments.uncertainty.draws import ParameterDraws, read_draws
    from scenarios import load
    from scenarios.calibration_targets import targets
    from scenarios.trial_files.read import read_trial

    def from_file(name: str, read: Callable[[Path], object]) -> Callable[[bytes], object]:
        def call(content: bytes) -> object:
            path = base / name
            path.write_bytes(content)
            return read(path)

        return call

    def samples(folder: str) -> list[bytes]:
        return [path.read_bytes() for path in sorted((ROOT / "scenarios" / folder).glob("*.toml"))]

    import numpy as np

    values = np.full((20, 1), 0.1)
    ParameterDraws(("linkage.rate",), values, "posterior", "people_who_use_drugs").write(base / "p.parquet")
    parquet = (base / "p.parquet").read_bytes()
    (base / ".p.parquet.sha256").unlink()
    address = b"?v=1&peers=6&peers_per_supervisor=12&follow_up_days=90&now.peers=6&look=linkage_30d&pin=A~peers:4"
    return {
        "scenario": (from_file("a.toml", lambda path: load(str(path))), samples("library")),
        "study": (from_file("b.toml", read_study_file), samples("studies")),
        "trial": (from_file("c.toml", lambda path: read_trial(str(path))), samples("trials")),
        "targets": (from_file("d.toml", targets), samples("targets")),
        "posterior": (from_file("p.parquet", read_draws), [parquet]),
        "address of a page": (lambda content: read_address(content.decode("utf-8", "replace")), [address]),
    } | records(base)


def records(base: Path) -> Parsers:
    """A hospital's own tables."""
    from experiments.calibration.site.records import read as read_stays

    sample = (
        b"person,admission_day,discharge_day,discharge_type,peer_contacts,unit,housing\n"
        + b"".join(b"p%d,%d,%d,planned,%d,a,stable\n" % (i % 40, i, i + 3, i % 2) for i in range(80))
    )  # fmt: skip

    def read(content: bytes) -> object:
        path = base / "stays.csv"
        path.write_bytes(content)
        return read_stays(path)

    return {"records": (read, [sample])}


def fuzzed(name: str, read: Callable[[bytes], object], samples: list[bytes], number: int, root: int) -> int:
    """Hand `number` inputs to a reader; how many ended in a traceback or took too long."""
    from experiments.support.errors import InputError
    from scenarios import ScenarioError

    said: Counter[str] = Counter()
    longest = 0.0
    failed: list[str] = []

    @seed(root)
    @settings(
        max_examples=number,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(mutated(samples))
    def one(content: bytes) -> None:
        nonlocal longest
        began = time.perf_counter()
        try:
            read(content)
            said["read"] += 1
        except (InputError, ScenarioError) as error:
            said["refused"] += 1
            if any(not c.isprintable() and c != "\n" for c in str(error)):
                failed.append(f"a message with control characters: {content[:200]!r}")
        except Exception as error:  # what no reader may do
            failed.append(f"{type(error).__name__}: {error}: {content[:300]!r}"[:700])
        took = time.perf_counter() - began
        longest = max(longest, took)
        if took > SLOW_SECONDS:
            failed.append(f"took {took:.0f} s: {content[:200]!r}")

    one()
    print(f"{name:18} {sum(said.values()) + len(failed):7} inputs  {dict(said)}  failed {len(failed)}"
          f"  longest {longest:.2f} s", flush=True)  # fmt: skip
    for line in dict.fromkeys(line.partition(": ")[0] for line in failed):
        print("   ", next(each for each in failed if each.startswith(line))[:500], flush=True)
    return len(failed)


if __name__ == "__main__":
    main()
