"""Reads a report as a strict browser would, and asks of every page what all pages must have."""

import re
from html.parser import HTMLParser

VOID = {"meta", "br", "hr", "img", "input", "link", "line", "circle", "polygon", "path", "rect"}


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


def words(report: str) -> str:
    """What a reader sees, in one line."""
    return " ".join(" ".join(Page(report).words).split())


def self_contained(report: str) -> None:
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


def accessible(report: str) -> None:
    page = Page(report)
    assert dict(page.tags)["html"] == {"lang": "en"}
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(b <= a + 1 for a, b in zip(levels, levels[1:], strict=False)), "a heading level is left out"
    assert all(attributes.get("scope") in ("col", "row") for tag, attributes in page.tags if tag == "th")
    plots = len(re.findall(r'<svg class="plot', report))
    told = r'<svg class="plot[^>]*role="img"[^>]*><title>[^<]+</title><desc>[^<]+</desc>'
    assert len(re.findall(told, report)) == plots >= 1
    figures = re.findall(r"<figure.*?</figure>", report, re.DOTALL)
    assert figures and all("The numbers in this picture" in figure and "<svg" in figure for figure in figures)
    ids = re.findall(r' id="([^"]+)"', report)
    assert len(set(ids)) == len(ids)
    labels = [a["aria-label"] for _, a in page.tags if a.get("role") == "region"]
    assert len(set(labels)) == len(labels)
    targets = [a["href"][1:] for _, a in page.tags if (a.get("href") or "").startswith("#")]
    assert set(targets) <= set(ids)
