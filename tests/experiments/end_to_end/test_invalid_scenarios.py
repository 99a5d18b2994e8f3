"""Every invalid scenario file of the loader's tests, on the command line: one line, exit code 2, nothing written."""

from pathlib import Path

import pytest

from experiments.cli.entry import main
from scenarios.toml_files import LARGEST_FILE
from tests.scenarios.test_bad_input import INVALID


def refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as ended:
        main(words)
    captured = capsys.readouterr()
    assert ended.value.code == 2
    assert captured.out == "" and captured.err.count("\n") == 1 and "Traceback" not in captured.err
    return captured.err


@pytest.mark.parametrize("command", ["run", "compare"])
@pytest.mark.parametrize("case", INVALID)
def test_refused_in_one_line_and_nothing_is_written(
    case: str, command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = INVALID[case][0]
    file, out = tmp_path / "plan.toml", tmp_path / "out"
    if isinstance(content, str):
        content = content.replace("{folder}", tmp_path.name).encode()
    file.write_bytes(content)
    before = sorted(tmp_path.iterdir())
    others = ["usual-care"] if command == "compare" else []
    said = refused([command, str(file), *others, "--out", str(out)], capsys)
    assert "plan.toml" in said
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("size", [LARGEST_FILE + 1, 100 * 2**20])
def test_a_huge_file_is_refused(size: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "plan.toml"
    with file.open("wb") as sparse:
        sparse.truncate(size)
    assert "plan.toml" in refused(["run", str(file), "--out", str(tmp_path / "out")], capsys)
    assert list(tmp_path.iterdir()) == [file]
