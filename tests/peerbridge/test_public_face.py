"""The public face: names, pages of help, examples that run, what importing costs, and names that clash."""

import contextlib
import doctest
import inspect
import json
import pydoc
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import experiments
import peerbridge as pb
from experiments.support.version import PACKAGE_VERSION
from simulation.version import VERSION

ROOT = Path(__file__).parents[2]
DOCUMENTED = [name for name in pb.__all__ if name != "MODEL_VERSION"]


def python(code: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run code in a Python of its own that finds this checkout after `folder`, as a notebook does."""
    path = f"import sys; sys.path[:0] = [{str(folder)!r}, {str(ROOT)!r}]\n"
    return subprocess.run([sys.executable, "-c", path + code], cwd=folder, capture_output=True, text=True, timeout=120)


def test_dir_shows_the_api_and_nothing_else() -> None:
    assert dir(pb) == sorted(pb.__all__) and len(set(pb.__all__)) == len(pb.__all__)
    found = json.loads(python("import json, peerbridge as pb; print(json.dumps(dir(pb)))").stdout)
    assert found == sorted(pb.__all__)
    assert dir(experiments) == sorted(experiments.__all__)


def test_every_name_is_there_and_a_wrong_one_is_an_attribute_error() -> None:
    for name in pb.__all__:
        assert getattr(pb, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'simulat'"):
        pb.simulat  # noqa: B018
    assert pb.__version__ == PACKAGE_VERSION and pb.MODEL_VERSION == VERSION


def test_the_front_page_names_everything_that_the_package_hands_on() -> None:
    page = pydoc.render_doc(pb, renderer=pydoc.plaintext)
    front = page[: page.index("PACKAGE CONTENTS")]
    for name in pb.__all__:
        assert name in front, name
    assert PACKAGE_VERSION in page


def run_examples(name: str) -> None:
    text = inspect.getdoc(getattr(pb, name)) or ""
    test = doctest.DocTestParser().get_doctest(text, {}, name, None, 0)
    assert test.examples, f"{name} has no example"
    said: list[str] = []
    doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL).run(test, out=said.append)
    assert not said, "".join(said)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the study that the example of `sweep` runs: others read it."""
    place = tmp_path_factory.mktemp("examples")
    with contextlib.chdir(place):
        run_examples("sweep")
    return place


@pytest.mark.parametrize("name", DOCUMENTED)
def test_every_name_has_an_example_that_runs(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    run_examples(name)


def test_results_show_themselves_in_notebooks(folder: Path) -> None:
    study = pb.read_study(folder / "results" / "posts")
    small = ["population.size=400", "run.warm_up_days=30", "run.days=60"]
    comparison = pb.compare(["usual-care", "bridge"], settings=small, replications=4, workers=1)
    alone = pb.compare(["bridge"], settings=small, replications=2, workers=1)
    trial = pb.run_trial("sledge-2011", replications=2, draws=None)
    for result, words in (
        (study, ("P002", "usual-care", "4 replications")),
        (comparison, ("bridge", "differences from usual-care", "Readmission".lower())),
        (alone, ("bridge", "2 replications")),
        (trial, ("mentor against usual", "2 virtual trials")),
        (pb.simulate("bridge", settings=small), ("bridge", "seed 0", "readmission, 30 d")),
    ):  # fmt: skip
        html = result._repr_html_()
        assert html.count("<table") == html.count("</table>") == 1
        for word in words:
            assert word in html, (word, html[:400])
    assert "partial" in replace(trial, stopped=True)._repr_html_()
    comparison.stopped = True
    assert "partial" in comparison._repr_html_()


def test_tables_carry_their_units(folder: Path) -> None:
    result = pb.simulate("bridge", settings=["population.size=400", "run.warm_up_days=30", "run.days=60"])
    assert set(result.daily.attrs["units"]) == set(result.daily)
    assert set(result.discharges.attrs["units"]) <= set(result.discharges)
    assert set(result.outcomes.attrs["units"]) == set(result.outcomes.index)
    study = pb.read_study(folder / "results" / "posts")
    assert study.means(["length_of_stay_mean"]).attrs["units"] == {"length_of_stay_mean": "days"}


def test_importing_it_loads_nothing_that_is_heavy() -> None:
    code = "import sys, peerbridge; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    loaded = set(python(code).stdout.split())
    assert "peerbridge" in loaded
    assert not loaded & {"simulation", "scenarios", "experiments", "numpy", "numba", "pandas", "mesa", "pydantic"}


@pytest.mark.parametrize("name", ["simulation.py", "scenarios.py", "experiments/__init__.py", "scenarios/notes.txt"])
def test_a_module_of_the_user_with_a_name_of_ours_is_named(name: str, tmp_path: Path) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("", encoding="utf-8")
    done = python("import peerbridge as pb; pb.load", tmp_path)
    if name.endswith(".txt"):  # a folder without Python in it hides nothing
        assert done.returncode == 0, done.stderr
        return
    last = done.stderr.splitlines()[-1]
    assert last.startswith("ImportError: ") and str(tmp_path / name) in last and "rename it" in last


def test_the_command_line_does_not_import_from_the_current_folder(tmp_path: Path) -> None:
    for name in ("simulation.py", "experiments.py", "scenarios.py", "click.py", "numpy.py"):
        (tmp_path / name).write_text("raise SystemExit('imported from the current folder')", encoding="utf-8")
    main = "sys.argv = ['peerbridge', 'scenarios', 'list']; from peerbridge.__main__ import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.append({str(ROOT)!r}); {main}"],
        cwd=tmp_path, env={"PYTHONPATH": "", "PATH": ""}, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0 and "usual-care" in done.stdout, done.stderr


def test_packages_say_that_they_are_typed() -> None:
    for package in ("peerbridge", "simulation", "scenarios", "experiments", "dashboard"):
        assert (ROOT / package / "py.typed").exists()
