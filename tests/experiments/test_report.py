"""The report: one file, whole, in plain words, with every picture's numbers beside it."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from experiments import compare

VOID = {"meta", "br", "hr", "img", "input", "link", "line", "circle", "polygon", "path"}


class Page(HTMLParser):
    """Collects what the tests ask about and insists that tags nest."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.words.append(data)


@pytest.fixture
def report(fake: Any, tmp_path: Path) -> str:
    compare(
        ["usual-care", "hospital-only", "bridge"], replications=6, out=tmp_path / "study", command_line="peerbridge x"
    )
    return (tmp_path / "study" / "report.html").read_text(encoding="utf-8")


def test_it_needs_nothing_from_anywhere(report: str) -> None:
    page = Page(report)
    assert page.open == []
    kinds = {tag for tag, _ in page.tags}
    assert not kinds & {"script", "link", "img", "iframe", "object", "embed", "use", "image"}
    assert "@import" not in report and "url(" not in report
    for tag, attributes in page.tags:
        for name in ("src", "href", "xlink:href"):
            target = attributes.get(name) or "#"
            assert target.startswith(("#", "https://doi.org/")), (tag, target)
    assert not re.findall(r"https?://(?!doi\.org/)", report)


def test_it_is_accessible(report: str) -> None:
    page = Page(report)
    assert dict(page.tags)["html"] == {"lang": "en"}
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(b <= a + 1 for a, b in zip(levels, levels[1:], strict=False)), "a heading level is left out"
    assert all(attributes.get("scope") in ("col", "row") for tag, attributes in page.tags if tag == "th")
    plots = report.count('<svg class="plot"')
    assert plots >= 3
    assert (
        len(re.findall(r'<svg class="plot"[^>]*role="img"[^>]*><title>[^<]+</title><desc>[^<]+</desc>', report))
        == plots
    )
    assert report.count("The numbers in this picture") == plots == report.count("<figure")
    assert len(set(re.findall(r'id="([^"]+)"', report))) == len(re.findall(r'id="([^"]+)"', report))


def test_its_words(report: str) -> None:
    text = " ".join(" ".join(Page(report).words).split())
    assert "What would change if hospital-only and bridge took the place of usual-care?" in text
    assert "Simulated, not observed." in text
    for gap in ("No controlled estimate", "never been randomised against each other", "set by hand so far"):
        assert gap in text
    for word in ("addict", "abuser", "non-complian", "relapse", "against medical advice", "substance abuse"):
        assert word not in text.lower()
    assert not re.search(r"\bAMA\b|\bnan\b|\bNaN\b|\bNone\b", text)
    assert not re.search(r"\d\.\d{3,} (%|fewer|more)", text), "false precision"


def test_titles_state_findings(report: str) -> None:
    titles = re.findall(r'<svg class="plot"[^>]*><title>([^<]+)', report)
    assert re.match(r"Patient-initiated discharges: bridge has \d\.\d fewer in 100 stays than usual-care", titles[0])
    assert any("costs $540,000 a year" in title for title in titles)


def test_what_a_scenario_says_is_text_and_not_markup(fake: Any, tmp_path: Path) -> None:
    from scenarios import load

    evil = load("bridge").model_copy(update={"title": "<script>alert(1)</script>", "name": "<b>&\"'"})
    compare([load("usual-care"), evil], replications=2, out=tmp_path / "study")
    report = (tmp_path / "study" / "report.html").read_text(encoding="utf-8")
    assert "<script" not in report and "<b>" not in report
    Page(report)


def test_one_replication_and_equal_plans_still_make_a_report(fake: Any, tmp_path: Path) -> None:
    from scenarios import load

    same = load("bridge")
    compare({"one": same, "two": same}, replications=3, out=tmp_path / "same")
    assert "The plans have the same settings" in (tmp_path / "same" / "report.html").read_text()
    compare(["usual-care", "bridge"], replications=1, out=tmp_path / "single")
    assert "one run each: no interval" in (tmp_path / "single" / "report.html").read_text()


def test_eleven_plans(fake: Any, tmp_path: Path) -> None:
    from scenarios import names

    compare(names(), replications=2, out=tmp_path / "all")
    Page((tmp_path / "all" / "report.html").read_text(encoding="utf-8"))


def test_failed_runs_are_said(fake: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_BROKEN", "bridge:1")
    compare(["usual-care", "bridge"], replications=4, out=tmp_path / "study")
    assert "1 of 8 runs failed" in (tmp_path / "study" / "report.html").read_text()
    monkeypatch.setattr(fake, "outcome_values", lambda *_: {})
    compare(["usual-care", "bridge"], replications=1, seed=3, out=tmp_path / "none")
    assert not (tmp_path / "none" / "report.html").exists()
