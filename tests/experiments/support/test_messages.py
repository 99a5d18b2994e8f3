"""Lines for people go to stderr, and the compilation is announced once it is ahead."""

import pytest

import simulation
from experiments.support.messages import announce_compilation, say


def test_a_line_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    say("Ready − now")
    assert capsys.readouterr() == ("", "Ready − now\n")


@pytest.mark.parametrize("compiled", [True, False])
def test_compilation_is_announced_where_it_happens(monkeypatch: pytest.MonkeyPatch, compiled: bool) -> None:
    monkeypatch.setattr(simulation, "kernel_is_compiled", lambda: compiled, raising=False)
    said: list[str] = []
    assert announce_compilation(said.append) is not compiled
    assert len(said) == (0 if compiled else 1)
