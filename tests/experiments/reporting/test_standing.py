"""What carries the numbers is said before any of them, by the same words in the report and in the terminal."""

from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

from experiments import compare
from experiments.comparisons.terminal import show
from experiments.reporting.wording import standing
from experiments.uncertainty.draws import ParameterDraws
from tests.experiments.page import words


def sample(kind: Literal["prior", "posterior"]) -> ParameterDraws:
    """Two wages, as the prior or as a posterior."""
    wages = np.array([[14.0], [17.0]])
    return ParameterDraws(("cost.wage",), wages, "posterior of two wages", "people_who_use_drugs", kind=kind)


def flat(text: str) -> str:
    """The text in one line."""
    return " ".join(text.split())


@pytest.mark.parametrize("kind", ["prior", "posterior"])
def test_report_and_terminal_say_it_before_any_number(
    kind: Literal["prior", "posterior"], fake: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = compare(["usual-care", "bridge"], replications=4, out=tmp_path / "out", workers=1, draws=sample(kind))
    show(result)
    first = " ".join(standing(kind, "posterior of two wages"))
    assert first.startswith("UNCALIBRATED. " if kind == "prior" else "Calibrated. ")
    for text in (words((tmp_path / "out" / "report.html").read_text(encoding="utf-8")), flat(capsys.readouterr().out)):
        assert first in text and text.index(first) < text.lower().index("patient-initiated discharge")


def test_a_single_plan_says_it_too(fake: Any, capsys: pytest.CaptureFixture[str]) -> None:
    for draws, first in ((sample("prior"), standing("prior")), (None, standing(None))):
        show(compare(["bridge"], replications=2, workers=1, draws=draws))
        assert " ".join(first) in flat(capsys.readouterr().out)
        assert first[0] == "UNCALIBRATED."
