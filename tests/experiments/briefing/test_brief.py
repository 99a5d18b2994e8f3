"""Papers from a comparison and from a decision; what a board needs stands in them, on as many pages as promised."""

import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from experiments.briefing.content import GROUPS, brief_of
from experiments.briefing.language import Sentences, languages
from experiments.briefing.page import render
from experiments.briefing.pdf import compiled, standalone
from experiments.cli.entry import cli
from experiments.comparisons.run import compare
from experiments.support.errors import InputError

SMALL = ["population.size=400", "run.burn_in_days=0", "run.warm_up_days=30", "run.days=60"]
SECTIONS = ("The answer", "The plans", "How sure", "What it costs", "Patients, by housing", "Workers",
            "What nobody has measured", "What to measure first", "How these numbers were made")  # fmt: skip


@pytest.fixture(scope="module")
def compared(tmp_path_factory: Any) -> Path:
    folder = tmp_path_factory.mktemp("brief") / "compared"
    compare(
        ["usual-care", "bridge", "thin-supervision"], settings=SMALL, replications=64, workers=1, draws="prior",
        out=folder,
    )  # fmt: skip
    return folder


def test_a_comparison_becomes_four_pages_and_one_with_every_section(compared: Path) -> None:
    say = Sentences()
    brief = brief_of(compared, say)
    assert brief.uncalibrated and len(brief.plans.rows) == 3
    page = render(brief, say)
    for section in SECTIONS:
        assert f">{section}</h2>" in page
    assert "UNCALIBRATED" in page and "UNCALIBRATED" in render(brief, say, short=True)
    assert len(compiled(brief, say, False, "png")) == 4
    assert len(compiled(brief, say, True, "png")) == 1
    assert page == render(brief_of(compared, say), say)


def test_the_answer_is_what_the_comparison_says(compared: Path) -> None:
    from experiments.comparisons.folder import read_comparison
    from experiments.outcomes.registry import OUTCOMES
    from experiments.reporting import wording

    result, say = read_comparison(compared), Sentences()
    brief = brief_of(compared, say)
    plan = re.match(r"(\S+):", brief.answer[1])
    assert plan is not None
    best = max(result.plans, key=lambda name: result.money(name).net_benefit.mean)
    assert plan[1] == best
    change = wording.difference(result.difference(best, "readmission_30d").difference, OUTCOMES["readmission_30d"])
    assert any(change in sentence for sentence in brief.answer)
    worth = result.money(best).net_benefit.mean
    assert ("today's service" in brief.answer[0]) == (worth < 0)
    burnout = next(row for row in brief.workers.rows if row[0].startswith("peer workers with high burnout"))
    assert burnout[1].startswith("+")  # against a service without workers, which harms none


def test_the_pdf_is_tagged_and_names_its_language_and_title(compared: Path) -> None:
    say = Sentences()
    made = compiled(brief_of(compared, say), say, False, "pdf")[0]
    assert made.startswith(b"%PDF")
    for mark in (b"/StructTreeRoot", b"/MarkInfo", b"pdfuaid", b"/Lang"):
        assert mark in made


def test_pictures_stand_alone() -> None:
    svg = '<svg class="plot" viewBox="0 0 1 1"><title>t</title><line class="zero" x1="0"/></svg>'
    made = standalone(svg)
    assert 'xmlns="http://www.w3.org/2000/svg"' in made and "var(" not in made and ".plot .zero" in made


def test_every_sentence_is_used_and_asked_for_by_name() -> None:
    assert languages() == ["en"]
    code = "".join(p.read_text() for p in Path("experiments/briefing").glob("*.py"))
    code += Path("experiments/reporting/templates/brief.html.j2").read_text()
    names = set(Sentences().names)
    asked = set(re.findall(r"""say\(\s*["'](\w+)["']""", code)) | {"not_met", *GROUPS}  # chosen by a value
    assert asked <= names, asked - names
    assert not names - asked, names - asked


def test_the_command_writes_four_files(compared: Path, tmp_path: Path) -> None:
    shown = CliRunner().invoke(cli, ["brief", str(compared), "--out", str(tmp_path / "board")])
    assert shown.exit_code == 0, shown.output
    assert sorted(p.name for p in (tmp_path / "board").iterdir()) == [
        "brief-one-page.html", "brief-one-page.pdf", "brief.html", "brief.pdf"
    ]  # fmt: skip


def test_what_cannot_be_told_ends_in_a_line(tmp_path: Path, compared: Path) -> None:
    with pytest.raises(InputError, match="there is no 'xx'; there are en"):
        cli.main(["brief", str(compared), "--language", "xx"], standalone_mode=False)
    with pytest.raises(InputError):
        brief_of(tmp_path, Sentences())
    one = tmp_path / "one"
    compare(["bridge"], settings=SMALL, replications=1, workers=1, draws=None, out=one)
    with pytest.raises(InputError, match="has no plan beside a baseline"):
        brief_of(one, Sentences())
