"""Every page that is made from the code alone is up to date, and `python -m docs.build` says when one is not."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from docs.build import __main__ as command
from docs.build.generated_parts import DOCS, between, filled
from docs.build.registry import PAGES, Page

QUICK = [each for each in PAGES.values() if not each.long]


@pytest.mark.parametrize("page", QUICK, ids=lambda page: page.name)
def test_the_page_is_up_to_date(page: Page) -> None:
    assert command.differing(page.make(())) == [], f"run `python -m docs.build {page.name}`"


def test_marks_are_of_one_kind_and_every_generated_part_has_a_maker() -> None:
    made = {path for page in QUICK for path in page.make(())}
    finished_runs = {DOCS / "explanation" / name for name in ("trial-results.md", "performance.md", "model-1.0.md")}
    for path in DOCS.rglob("*.md"):
        text = path.read_text(encoding="utf-8")
        assert "<!-- generated" not in text and "<!-- end -->" not in text, path
        assert "<!-- begin" not in text or path in made | finished_runs, path


def test_a_missing_mark_is_refused() -> None:
    with pytest.raises(ValueError, match="has no mark 'counts'"):
        between("nothing here", "counts", "")


def test_check_compares_and_without_it_the_page_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "page.md"
    path.write_text("<!-- begin x -->\n<!-- end x -->\n")
    monkeypatch.setattr(command, "ROOT", tmp_path)
    only = Page("model", "", lambda folders: filled(path, {"x": "new"}))
    monkeypatch.setitem(PAGES, "model", only)
    late = CliRunner().invoke(command.main, ["model", "--check"])
    assert late.exit_code == 1 and "out of date: page.md" in late.output
    assert "new" not in path.read_text()
    assert CliRunner().invoke(command.main, ["model"]).exit_code == 0
    assert path.read_text() == "<!-- begin x -->\n\nnew\n\n<!-- end x -->\n"
    assert CliRunner().invoke(command.main, ["model", "--check"]).exit_code == 0


def test_a_page_made_from_finished_runs_asks_for_their_folder() -> None:
    asked = CliRunner().invoke(command.main, ["trial-results"])
    assert asked.exit_code == 2 and "trial-results takes --from TRIALS" in asked.output
    listed = CliRunner().invoke(command.main, ["--list"]).output
    assert "(--from: trials)" in listed and "(long)" in listed
