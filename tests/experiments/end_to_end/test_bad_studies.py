"""Every bad study ends in one clear line, in Python and on the command line, and nothing is written."""

import os
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from experiments.cli.entry import main
from experiments.studies.definition.reader import read_study_file
from experiments.studies.definition.samplers import KINDS
from experiments.studies.definition.schema import MOST_POINTS
from experiments.support.errors import InputError
from scenarios.toml_files import LARGEST_FILE

HEAD = 'title = "A study"\nquestion = "What?"\nscenarios = ["bridge"]\nbaseline = "usual-care"\n'
GRID = HEAD + '[design]\nkind = "grid"\n'
LEVERS = GRID + "[levers]\n"
PEERS = LEVERS + "programme.peers.values = [2, 4]\n"
SAMPLED = HEAD + '[design]\nkind = "latin-hypercube"\npoints = 8\n[levers]\n'
LIST = HEAD + '[design]\nkind = "list"\nfile = "plans.csv"\n'
UNKNOWN = PEERS + "[uncertainties]\n"
NO_LEVER = GRID + "[uncertainties]\n"

# id: (content of study.toml, line to be named or None, words the message must have)
BAD: dict[str, tuple[str | bytes, int | None, list[str]]] = {
    "empty": ("", None, ["is empty", "[design]"]),
    "only the schema": ("schema = 1\n", None, ["is empty"]),
    "not toml": ("levers: many\n", 1, ["not valid TOML"]),
    "binary": (bytes(range(256)), None, ["not text in UTF-8"]),
    "zero bytes": (b"\0" * 64, 1, ["zero byte"]),
    "utf-16": (HEAD.encode("utf-16"), None, ["UTF-16"]),
    "a scenario": ('extends = "bridge"\n[programme]\npeers = 3\n', 1, ["extends: is not a key of a study file"]),
    "schema of the future": ("schema = 2\n" + PEERS, 1, ["schema", "must be 1", "got 2"]),
    "no title": (PEERS.replace('title = "A study"\n', ""), None, ["title: is missing"]),
    "no question": (PEERS.replace('question = "What?"\n', ""), None, ["question: is missing"]),
    "no scenarios": (PEERS.replace('scenarios = ["bridge"]\n', ""), None, ["scenarios: is missing"]),
    "no design": (HEAD + "[levers]\nprogramme.peers.values = [2]\n", None, ["design: is missing"]),
    "no kind": (PEERS.replace('kind = "grid"\n', ""), 5, ["design.kind: is missing", "grid"]),
    "number for the title": (PEERS.replace('"A study"', "3"), 1, ["title", "text in quotes", "got 3"]),
    "title with control characters": (PEERS.replace("A study", "a\\u001b[31m"), 1, ["title", "control characters"]),
    "unknown key": ("lever = 3\n" + PEERS, 1, ["lever: is not a key", "did you mean levers?"]),
    "unknown table": (PEERS + "[limit]\nrun_seconds = 3\n", 9, ["limit: is not a key", "did you mean limits?"]),
    "unknown key in a table": (PEERS + "[keep]\ndayly = true\n", 10, ["keep.dayly", "did you mean keep.daily?"]),
    "key in the wrong table": (GRID + "maximum = 9\n", 7, ["design.maximum", "did you mean replications.maximum?"]),
    "text for scenarios": (PEERS.replace('["bridge"]', '"bridge"'), 3, ["scenarios", "a list of scenarios"]),
    "no scenario in the list": (PEERS.replace('["bridge"]', "[]"), 3, ["scenarios", "a list of scenarios"]),
    "unknown scenario": (PEERS.replace('["bridge"]', '["brigde"]'), 3, ["scenarios", 'did you mean "bridge"?']),
    "unknown baseline": (PEERS.replace("usual-care", "usual-car"), 4, ["baseline", 'did you mean "usual-care"?']),
    "scenario twice": (PEERS.replace('["bridge"]', '["bridge", "bridge"]'), 3, ["two are called 'bridge'"]),
    "scenario that is another one": (PEERS.replace('["bridge"]', '["bridge", "same.toml"]'), 3, ["the same plan"]),
    "cyclic extends": (PEERS.replace('["bridge"]', '["circle.toml"]'), 3, ["scenarios", "circle"]),
    "broken scenario": (PEERS.replace('["bridge"]', '["broken.toml"]'), 3, ["broken.toml, line 2", "programme.peers"]),
    "baseline of another name's plan": (PEERS.replace("usual-care", "other.toml"), 4, ["baseline", "rename it"]),
    "unknown outcome": ('outcomes = ["readmision_30d"]\n' + PEERS, 1, ["outcomes", "did you mean readmission_30d?"]),
    "outcome twice": ('outcomes = ["reach", "reach"]\n' + PEERS, 1, ["outcomes: reach is named twice"]),
    "no outcome in the list": ("outcomes = []\n" + PEERS, 1, ["outcomes", "a list of outcomes"]),
    "unknown kind": (PEERS.replace('"grid"', '"gird"'), 6, ["gird is no design", "did you mean grid?"]),
    "unknown kind, nothing alike": (PEERS.replace('"grid"', '"zzz"'), 6, ["there are grid, latin-hypercube"]),
    "points for a grid": (GRID + "points = 9\n[levers]\nprogramme.peers.values = [2]\n", 7, ["not for kind = grid"]),
    "no points for a sample": (SAMPLED.replace("points = 8\n", ""), 6, ["design.points: is missing"]),
    "points for morris": (SAMPLED.replace("latin-hypercube", "morris"), 7, ["not for kind = morris"]),
    "no file for a list": (HEAD + '[design]\nkind = "list"\n', 6, ["design.file: is missing"]),
    "odd levels of morris": (
        HEAD + '[design]\nkind = "morris"\ntrajectories = 4\nlevels = 5\n', 8, ["even whole number", "got 5"]
    ),
    "one point": (SAMPLED.replace("= 8", "= 1"), 7, ["design.points", "from 2 to 100,000", "got 1"]),
    "fraction of points": (SAMPLED.replace("= 8", "= 8.0"), 7, ["design.points", "a whole number", "got 8.0"]),
    "points of a sobol sequence": (
        SAMPLED.replace("latin-hypercube", "sobol").replace("= 8", "= 100"), 7, ["powers of two", "64 or 128"]
    ),
    "no factors": (GRID, 5, ["no factors", "peerbridge compare"]),
    "empty tables of factors": (GRID + "[levers]\n[uncertainties]\n", 5, ["no factors"]),
    "list for the levers": (PEERS.replace("[levers]", "[[levers]]"), 7, ["levers", "a table, [levers]", "got a list"]),
    "unknown lever": (LEVERS + "programme.peer.values = [2]\n", 8, ["did you mean programme.peers?"]),
    "lever without its table": (LEVERS + "peers.values = [2]\n", 8, ["did you mean programme.peers?"]),
    "unknown lever, nothing alike": (LEVERS + '"zz.qq" = { values = [2] }\n', 8, ["zz.qq", "docs/reference/"]),
    "unknown parameter": (
        NO_LEVER + '"parameters.relationship.contact_gian" = "prior"\n', 8, ["did you mean parameters.relationship.contact_gain?"]  # noqa: E501
    ),
    "parameter without its table": (NO_LEVER + 'relationship.contact_gain = "prior"\n', 8, ["parameters.relationship.contact_gain?"]),  # noqa: E501
    "contact schedule": (LEVERS + '"programme.contact_schedule" = { values = [1] }\n', 8, ["not one value"]),
    "number for a factor": (LEVERS + '"programme.peers" = 6\n', 8, ["programme.peers", "{ values = [...] }", "got 6"]),
    "list for a factor": (LEVERS + '"programme.peers" = [2, 4]\n', 8, ["programme.peers", "got a list"]),
    "word for a factor": (LEVERS + '"programme.peers" = "many"\n', 8, ["programme.peers", 'got text "many"']),
    "empty grid": (LEVERS + '"programme.peers" = { values = [] }\n', 8, ["a list of values, as in [2, 4, 6]"]),
    "nothing about a factor": (LEVERS + '"programme.peers" = {}\n', 8, ["lacks values, or low and high"]),
    "unknown key of a factor": (LEVERS + '"programme.peers" = { vaules = [2] }\n', 8, ["did you mean values?"]),
    "values and a range": (LEVERS + '"programme.peers" = { values = [2], low = 1 }\n', 8, ["both values and low"]),
    "low without high": (SAMPLED + '"programme.peers" = { low = 1 }\n', 9, ["programme.peers: lacks high"]),
    "text for low": (SAMPLED + '"programme.peers" = { low = "few", high = 9 }\n', 9, ["low must be a number"]),
    "low above high": (SAMPLED + '"programme.peers" = { low = 9, high = 2 }\n', 9, ["low must lie below high"]),
    "low is high": (SAMPLED + '"programme.peers" = { low = 2, high = 2 }\n', 9, ["low must lie below high"]),
    "nan": (SAMPLED + '"programme.autonomy" = { low = nan, high = 1 }\n', 9, ["low must be a number", "got nan"]),
    "infinity": (SAMPLED + '"programme.autonomy" = { low = 0, high = inf }\n', 9, ["high must be a number", "got inf"]),
    "nan among the values": (LEVERS + '"programme.autonomy" = { values = [0, nan] }\n', 8, ["finite", "got nan"]),
    "range outside the bounds": (
        SAMPLED + '"programme.follow_up_days" = { low = 0, high = 400 }\n', 9, ["from 0 to 365 (unit: days)", "got 400"]
    ),
    "value outside the bounds": (LEVERS + '"programme.peers" = { values = [2, -1] }\n', 8, ["(unit: posts)", "got -1"]),
    "parameter outside its bounds": (
        NO_LEVER + '"parameters.relationship.contact_gain" = { values = [0.1, 2] }\n', 8, ["from 0 to 0.9", "not 2"]
    ),
    "beyond 64 bits": (LEVERS + f'"programme.peers" = {{ values = [{2**70}] }}\n', 8, ["programme.peers", "64 bits"]),
    "step 0": (LEVERS + '"programme.peers" = { low = 2, high = 8, step = 0 }\n', 8, ["step must be a number above 0"]),
    "negative step": (LEVERS + '"programme.peers" = { low = 2, high = 8, step = -2 }\n', 8, ["above 0", "got -2"]),
    "step without a range": (LEVERS + '"programme.peers" = { step = 2 }\n', 8, ["programme.peers: lacks low"]),
    "half a step": (LEVERS + '"programme.peers" = { low = 2, high = 4, step = 0.5 }\n', 8, ["a whole number"]),
    "steps that miss the end": (
        LEVERS + '"programme.peers" = { low = 2, high = 9, step = 2 }\n', 8, ["do not end on high = 9", "would be 8"]
    ),
    "range without step in a grid": (LEVERS + '"programme.peers" = { low = 2, high = 9 }\n', 8, ["values or a step"]),
    "range of a switch": (LEVERS + '"programme.champion" = { low = 0, high = 1 }\n', 8, ["has no range; give values"]),
    "range of words": (LEVERS + '"programme.door" = { low = 0, high = 1 }\n', 8, ["has no range; give values"]),
    "unknown word": (LEVERS + '"programme.door" = { values = ["window"] }\n', 8, ['"clinician"', '"window"']),
    "fraction for a count": (LEVERS + '"programme.peers" = { values = [2.5] }\n', 8, ["a whole number", "got 2.5"]),
    "text for a number": (LEVERS + '"programme.peers" = { values = ["two"] }\n', 8, ["a whole number", '"two"']),
    "value twice": (LEVERS + '"programme.peers" = { values = [2, 4, 2] }\n', 8, ["has the value 2 twice"]),
    "lever twice": (LEVERS + "programme.peers.values = [2]\nprogramme.peers.values = [4]\n", 9, ["twice"]),
    "lever twice in two ways": (
        LEVERS + '"programme.peers" = { values = [2] }\nprogramme.peers.values = [4]\n', None, ["peers", "twice"]
    ),
    "lever and uncertainty": (UNKNOWN + "programme.peers.values = [2]\n", 10, ["already a lever; name it once"]),
    "prior of a lever": (LEVERS + '"programme.peers" = "prior"\n', 8, ['"prior" is for uncertainties']),
    "prior of a setting": (NO_LEVER + '"programme.peers" = "prior"\n', 8, ["only parameters have a prior"]),
    "prior of a measured parameter": (
        NO_LEVER + '"parameters.population.trust_sd" = "prior"\n', 8, ["measured", "low and high"],
    ),
    "prior that differs between profiles": (
        UNKNOWN.replace('["bridge"]', '["bridge", "smi-discharge"]') + '"parameters.discharge.stay_median" = "prior"\n',
        10, ["discharge.stay_median", "make two studies"],
    ),
    "prior in a grid": (UNKNOWN + '"parameters.relationship.contact_gain" = "prior"\n', 10, ["has no levels", "futures = 30"]),  # noqa: E501
    "column outside a list": (LEVERS + '"programme.peers" = "column"\n', 8, ["columns of a list"]),
    "futures without uncertainties": (GRID + "futures = 9\n[levers]\nprogramme.peers.values = [2]\n", 7, ["futures"]),
    "futures without levers": (
        GRID + 'futures = 9\n[uncertainties]\nparameters.relationship.contact_gain = "prior"\n', 7, ["futures: needs levers"]  # noqa: E501
    ),
    "a million millions of points": (
        LEVERS + "programme.peers = { low = 1, high = 10_000, step = 1 }\n"
        "programme.start_day = { low = 1, high = 10_000, step = 1 }\n"
        "programme.navigators = { low = 1, high = 10_000, step = 1 }\n",
        5, ["has 1,000,000,000,001 points", f"at most {MOST_POINTS:,}"],
    ),
    "too many futures": (
        LEVERS.replace('"grid"\n', '"grid"\nfutures = 90_000\n')
        + 'programme.peers.values = [2, 4]\n[uncertainties]\nparameters.relationship.contact_gain = "prior"\n',
        5, ["270,000 points"],
    ),
    "a step of a billionth": (
        LEVERS + "programme.autonomy = { low = 0, high = 1, step = 1e-9 }\n", 5, ["1,000,000,002 points"]
    ),
    "too many runs": (
        SAMPLED.replace("= 8", "= 90_000")
        + "programme.autonomy = { low = 0, high = 1 }\n[replications]\nnumber = 1000\n",
        10, ["90,001,000 runs", "at most 10,000,000"],
    ),
    "settings that do not fit": (
        LEVERS + "programme.share_ed.values = [0.5]\n", 5, ["programme.share_ed = 0.5", "'bridge'", "more than 1"]
    ),
    "two plans that are the same": (
        (LEVERS + "programme.follow_up_days.values = [0, 30]\n").replace('["bridge"]', '["bridge", "hospital-only"]'),
        5, ["is the same plan as", "leave out one"],
    ),
    "every plan is the baseline": (
        (LEVERS + "programme.peers.values = [6]\n").replace("usual-care", "bridge"), 5, ["the same as the baseline"]
    ),
    "number and precision": (
        PEERS + '[replications]\nnumber = 9\noutcome = "reach"\nhalf_width = 0.01\n', None, ["both number and outcome"]
    ),
    "precision without an outcome": (PEERS + "[replications]\nhalf_width = 0.01\n", 10, ["needs outcome"]),
    "precision of nothing": (PEERS + '[replications]\noutcome = "reach"\n', 10, ["lacks half_width or relative"]),
    "two precisions": (
        PEERS + '[replications]\noutcome = "reach"\nhalf_width = 0.01\nrelative = 0.1\n', None, ["give one of them"]
    ),
    "precision of an unknown outcome": (
        PEERS + '[replications]\noutcome = "readmission"\nrelative = 0.1\n', 10, ["outcome", "did you mean"]
    ),
    "minimum above maximum": (
        PEERS + '[replications]\noutcome = "reach"\nrelative = 0.1\nminimum = 500\n', 12, ["above maximum = 400"]
    ),
    "no replication": (PEERS + "[replications]\nnumber = 0\n", 10, ["number", "from 1 to 100,000", "got 0"]),
    "a millionfold": (PEERS + "[replications]\nnumber = 1_000_000\n", 10, ["from 1 to 100,000"]),
    "text for a switch": (PEERS + '[keep]\ndaily = "yes"\n', 10, ["keep.daily", "true or false", '"yes"']),
    "time limit of nothing": (PEERS + "[limits]\nrun_seconds = 0\n", 10, ["limits.run_seconds", "above 0", "got 0"]),
    "negative minutes": (PEERS + "[limits]\nmax_minutes = -1\n", 10, ["limits.max_minutes", "above 0", "got -1"]),
    "values beside a list": (LIST + "[levers]\nprogramme.peers.values = [2]\n", 9, ['write "column"']),
}  # fmt: skip

# id: (content of plans.csv or None, study, line of the CSV to be named or None, words)
BAD_LISTS: dict[str, tuple[str | bytes | None, str, int | None, list[str]]] = {
    "no file": (None, LIST, None, ["plans.csv", "no such file"]),
    "empty": ("", LIST, None, ["is empty"]),
    "only names": ("programme.peers\n", LIST, None, ["has no row"]),
    "binary": (b"\x89PNG\r\n\x1a\n", LIST, 1, ["not text in UTF-8"]),
    "zero bytes": (b"a,b\n\0\n", LIST, 2, ["zero byte"]),
    "unknown column": ("programme.pears\n2\n", LIST, 1, ["did you mean programme.peers?"]),
    "column without a name": ("programme.peers,\n2,3\n", LIST, 1, ["column 2 has no name"]),
    "column twice": ("programme.peers,programme.peers\n2,3\n", LIST, 1, ["is a column twice"]),
    "semicolons": ("programme.peers;run.days\n2;300\n", LIST, 1, ["separated by commas"]),
    "missing column": (
        "programme.peers\n2\n", LIST + '[levers]\nprogramme.peers = "column"\nprogramme.autonomy = "column"\n', 1,
        ["has no column programme.autonomy"],
    ),
    "column that is not asked for": (
        "programme.peers,run.days\n2,300\n", LIST + '[levers]\nprogramme.peers = "column"\n', 1,
        ["column run.days is not among the factors"],
    ),
    "ragged": ("programme.peers,run.days\n2,300\n4\n", LIST, 3, ["has 1 cells", "names 2 factors"]),
    "empty cell": ("programme.peers,run.days\n2,\n", LIST, 2, ["run.days", "an empty cell"]),
    "bad cell": ("programme.peers\n2\nsix\n", LIST, 3, ["programme.peers", "a whole number", '"six"']),
    "nan": ("programme.autonomy\nnan\n", LIST, 2, ["programme.autonomy", "a number"]),
    "outside the bounds": ("programme.peers\n-2\n", LIST, 2, ["from 0 to 20,000 (unit: posts)", "got -2"]),
    "bad switch": ("programme.champion\nmaybe\n", LIST, 2, ["true or false", '"maybe"']),
    "same row twice": ("programme.peers\n2\n4\n2\n", LIST, 4, ["the same as line 2"]),
    "open quote": ('programme.peers\n"2\n', LIST, None, ["is not CSV"]),
    "column that is drawn too": (
        "programme.peers,parameters.relationship.contact_gain\n2,0.1\n",
        LIST.replace('"plans.csv"', '"plans.csv"\nfutures = 3')
        + '[uncertainties]\nparameters.follow_up.fade = "prior"\n',
        None, ["parameters.relationship.contact_gain", "is a column of the list already"],
    ),
}  # fmt: skip

OPTIONS: dict[str, tuple[list[str], list[str]]] = {
    "shard beyond the last": (["--shard", "5/3"], ["--shard", "between 1 and N = 3"]),
    "shard 0": (["--shard", "0/3"], ["--shard", "between 1"]),
    "shard of words": (["--shard", "first"], ["--shard", "I/N"]),
    "no workers": (["--workers", "0"], ["--workers", "not 0"]),
    "negative minutes": (["--max-minutes", "-1"], ["--max-minutes", "above 0", "-1"]),
    "minutes that are no number": (["--max-minutes", "nan"], ["--max-minutes"]),
    "no replications": (["--replications", "0"], ["replications", "not 0"]),
    "too many replications": (["--replications", "1000000000"], ["replications", "100,000"]),
    "negative seed": (["--seed", "-1"], ["seed", "-1"]),
    "workers and dask": (["--workers", "2", "--dask", "tcp://here:8786"], ["--dask and --workers"]),
    "dask without a port": (["--dask", "cluster"], ["--dask cluster", "tcp://"]),
    "setting that is a lever": (["--set", "programme.peers=3"], ["--set programme.peers=3", "varied by the study"]),
    "unknown setting": (["--set", "programme.pears=3"], ["--set", "did you mean programme.peers?"]),
    "out is a file": (["--out", "study.toml"], ["--out", "is a file"]),
    "out below a file": (["--out", "study.toml/results"], ["--out", "study.toml"]),
    "out is not empty": (["--out", "."], ["--out", "holds something else"]),
    "out is too long": (["--out", "x" * 300], ["--out", "name too long"]),
    "unknown option": (["--worker", "2"], ["--worker"]),
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "circle.toml").write_text('extends = "circle.toml"\n')
    (tmp_path / "same.toml").write_text('extends = "bridge"\n')
    (tmp_path / "broken.toml").write_text("[programme]\npeers = -3\n")
    (tmp_path / "other.toml").write_text('name = "bridge"\n[programme]\npeers = 3\n')
    return tmp_path


def write(file: Path, content: str | bytes) -> Path:
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def in_python(*words: str, **options: object) -> str:
    with pytest.raises(InputError) as caught:
        read_study_file("study.toml", **options)  # type: ignore[arg-type]
    return one_line(str(caught.value), *words)


def one_line(message: str, *words: str) -> str:
    assert message.isprintable(), message
    assert len(message) < 1_000 and "Traceback" not in message and "pydantic" not in message
    for word in words:
        assert word in message, message
    return message


def on_the_command_line(arguments: list[str], capsys: pytest.CaptureFixture[str], *words: str) -> str:
    before = sorted(Path().rglob("*"))
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    captured = capsys.readouterr()
    assert ended.value.code == 2
    said = "".join(line for line in captured.err.splitlines(keepends=True) if not line.endswith("UNCALIBRATED.\n"))
    assert captured.out == "" and said.count("\n") == 1
    assert sorted(Path().rglob("*")) == before
    return one_line(said.rstrip("\n"), *words)


def test_there_are_at_least_fifty() -> None:
    assert len(BAD) + len(BAD_LISTS) + len(OPTIONS) >= 120


@pytest.mark.parametrize("case", BAD)
def test_bad_study(case: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content, line, words = BAD[case]
    write(folder / "study.toml", content)
    said = in_python(*words)
    assert said.startswith("study.toml")
    if line is not None:
        assert re.match(rf"study\.toml, line {line}\b", said), said
    on_the_command_line(["sweep", "study.toml", "--out", "out"], capsys, *words)


@pytest.mark.parametrize("case", BAD_LISTS)
def test_bad_list(case: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content, study, line, words = BAD_LISTS[case]
    write(folder / "study.toml", study)
    if content is not None:
        write(folder / "plans.csv", content)
    said = in_python(*words)
    assert said.startswith("study.toml, line ")
    if line is not None:
        assert f"plans.csv, line {line}" in said, said
    on_the_command_line(["sweep", "study.toml"], capsys, *words)


@pytest.mark.parametrize("case", OPTIONS)
@pytest.mark.parametrize("rehearsal", [[], ["--dry-run"]], ids=["sweep", "dry-run"])
def test_bad_options(case: str, rehearsal: list[str], folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options, words = OPTIONS[case]
    write(folder / "study.toml", PEERS)
    on_the_command_line(["sweep", "study.toml", *options, *rehearsal], capsys, *words)


NAMES: dict[str, tuple[str, list[str]]] = {
    "unknown name": ("peer-dos", ['did you mean "peer-dose"?']),
    "unknown name, nothing alike": ("qqqqqq", ["bundled studies are staffing-supervision-followup"]),
    "unknown file": ("no/such/study.toml", ["no such study or file"]),
    "empty name": ("", ["no such study"]),
    "folder": (".", ["is a directory", "study file"]),
    "zero byte": ("a\0b", ["cannot be a path"]),
    "too long": ("x" * 10_000, ["cannot be a path"]),
    "terminal codes": ("\x1b[2Jgrid", ["\\x1b[2Jgrid"]),
    "device": ("/dev/null", ["not a regular file"]),
    "huge": ("huge.toml", ["too large for a study"]),
    "dangling link": ("link.toml", ["no such file"]),
}


@pytest.mark.parametrize("case", NAMES)
@pytest.mark.parametrize("command", [["sweep"], ["study", "show"], ["study", "check"]], ids=" ".join)
def test_bad_names(case: str, command: list[str], folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name, words = NAMES[case]
    with (folder / "huge.toml").open("wb") as file:
        file.truncate(LARGEST_FILE + 1)
    (folder / "link.toml").symlink_to(folder / "nowhere.toml")
    with pytest.raises(InputError) as caught:
        read_study_file(name)
    one_line(str(caught.value), *words)
    on_the_command_line([*command, name], capsys, *words)


def test_unreadable_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder / "study.toml", PEERS)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", refuse)
    in_python("permission denied")


@pytest.mark.skipif(os.name == "nt", reason="needs permissions")
def test_folder_that_cannot_be_written(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(folder / "study.toml", PEERS)
    monkeypatch.setattr("os.access", lambda *_, **__: False)
    on_the_command_line(["sweep", "study.toml", "--out", "out"], capsys, "--out out", "permission denied")


def test_a_design_too_large_is_refused_unmade(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder / "study.toml", BAD["a million millions of points"][0])
    monkeypatch.setattr("experiments.studies.definition.samplers.grid", lambda *_: pytest.fail("was made"))
    monkeypatch.setattr("experiments.studies.definition.samplers.Levels.__init__", lambda *_: pytest.fail("was made"))
    in_python("1,000,000,000,001 points")


def test_check_says_everything_about_every_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder / "good.toml", PEERS)
    write(folder / "bad.toml", GRID)
    with pytest.raises(SystemExit) as ended:
        main(["study", "check", "bad.toml", "good.toml", "peer-dose"])
    said = capsys.readouterr()
    assert ended.value.code == 2
    assert said.err.startswith("bad.toml, line 5: no factors") and said.err.count("\n") == 1
    assert said.out.startswith("good.toml: fine; 2 plans and the baseline, 150 runs\npeer-dose: fine; 10 plans")


SCALARS = st.one_of(
    st.sampled_from(["true", "nan", "inf", "-1", "0", "2", "3", "0.5", '"prior"', '"column"', '"both"', "2024-01-01"]),
    st.integers(-(2**70), 2**70).map(str),
)
FACTOR = st.dictionaries(st.sampled_from(["values", "low", "high", "step", "label", "x"]), SCALARS, max_size=4).map(
    lambda table: "{ " + ", ".join(f"{key} = {value}" for key, value in table.items()) + " }"
)
ANYTHING = st.one_of(
    SCALARS, FACTOR, st.lists(st.one_of(SCALARS, FACTOR), max_size=3).map(lambda x: f"[{', '.join(x)}]")
)
LISTED = st.lists(SCALARS, max_size=3).map(lambda x: f"{{ values = [{', '.join(x)}] }}")
KEYS = st.sampled_from(
    ["schema", "title", "scenarios", "baseline", "outcomes", "design.kind", "design.points", "design.futures",
     "design.levels", "design.trajectories", "design.file", "replications.number", "replications.outcome",
     "replications.half_width", "replications.maximum", "keep.daily", "limits.run_seconds", "levers.programme.peers",
     "levers.programme.autonomy", "levers.mechanisms.beds", "levers.parameters.relationship.contact_gain", "levers.run",
     "uncertainties.parameters.relationship.contact_gain", "uncertainties.hospital", "levers", "design"]
)  # fmt: skip


@given(st.dictionaries(KEYS, st.one_of(ANYTHING, LISTED), min_size=1, max_size=5), st.sampled_from(KINDS))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_stands_in_a_study_it_is_read_or_refused_in_one_line(
    tmp_path: Path, changed: dict[str, str], kind: str
) -> None:
    base = {
        "title": '"A study"', "question": '"What?"', "scenarios": '["bridge"]', "baseline": '"usual-care"',
        "design.kind": f'"{kind}"', "levers.programme.peers": "{ values = [2, 4] }",
    }  # fmt: skip
    file = tmp_path / "study.toml"
    file.write_text("".join(f"{key} = {value}\n" for key, value in (base | changed).items()), encoding="utf-8")
    try:
        plan = read_study_file(file)
    except InputError as error:
        one_line(str(error))
    else:
        assert plan.points[0].plan == "baseline" and plan.plans >= 1
