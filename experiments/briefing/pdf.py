"""A paper as PDF: Typst sets it, tagged to PDF/UA-1, without network and with its own fonts."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from experiments.briefing.content import Brief, Picture, Table
from experiments.briefing.language import Sentences
from experiments.reporting.page import style
from experiments.support.errors import InputError

FONT = "Libertinus Serif"
"""A font that Typst brings with it, so that a paper looks the same everywhere."""

_PREAMBLE = """
#set page(paper: "a4", margin: (x: 19mm, top: 17mm, bottom: 17mm),
  footer: context [#set text(8pt, fill: luma(90)); #FOOTER #h(1fr) #counter(page).display("1 / 1", both: true)])
#set text(font: "LETTERS", size: SIZE, lang: "LANGUAGE", hyphenate: true)
#set par(justify: false, leading: 0.55em, spacing: 0.75em)
#set list(spacing: 0.5em)
#show heading.where(level: 1): set text(17pt)
#show heading.where(level: 2): it => block(above: 1.1em, below: 0.55em, text(12pt, it))
#show table: set text(0.86em)
#set table(stroke: (x, y) => (bottom: if y == 0 { 0.8pt } else { 0.3pt + luma(180) }), inset: (x: 4pt, y: 3.2pt))
#show figure: set block(above: 0.8em, below: 0.8em)
#set figure(numbering: none, gap: 0.4em)
#set figure.caption(position: top)
#show figure.caption: it => align(left, text(0.92em, it.body))
#let answer(body) = block(fill: rgb("#eef4fa"), inset: 10pt, radius: 3pt, width: 100%, body)
#let warning(body) = block(fill: rgb("#fdf0e6"), stroke: (left: 3pt + rgb("#c04a00")), inset: 8pt, width: 100%, body)
"""


def write_pdf(brief: Brief, say: Sentences, path: Path, short: bool = False) -> None:
    """Write a paper: four pages, or one.

    Args:
        brief: Its content.
        say: Its language.
        path: Where.
        short: One page.

    Raises:
        InputError: The library that sets it is not installed.
        OSError: The folder cannot be written.
    """
    path.write_bytes(compiled(brief, say, short, "pdf")[0])


def compiled(brief: Brief, say: Sentences, short: bool, form: str) -> list[bytes]:
    """The paper as bytes: one PDF, or a PNG for each page.

    Args:
        brief: Its content.
        say: Its language.
        short: One page.
        form: "pdf" or "png".

    Raises:
        InputError: The library that sets it is not installed.
    """
    try:
        import typst
    except ImportError:
        raise InputError("a PDF needs one more package: pip install 'peerbridge[briefing]'") from None
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "paper.typ"
        source.write_text(_source(brief, say, short, Path(folder)), encoding="utf-8")
        if form == "pdf":
            made: object = typst.compile(
                str(source), root=folder, ignore_system_fonts=True, format="pdf", pdf_standards="ua-1"
            )
        else:
            made = typst.compile(str(source), root=folder, ignore_system_fonts=True, format="png", ppi=96.0)
    return made if isinstance(made, list) else [made]  # type: ignore[list-item]  # a list of pages, against its types


def _source(brief: Brief, say: Sentences, short: bool, folder: Path) -> str:
    preamble = (
        _PREAMBLE.replace("#FOOTER", f"#{_text(say('page_of'))}").replace("LETTERS", FONT)
        .replace("LANGUAGE", say.language).replace("SIZE", "9.4pt" if short else "10.4pt")
    )  # fmt: skip
    out = [f'#set document(title: {_text(brief.title)}, author: "Peerbridge", date: none)', preamble]
    picture = _Pictures(folder)
    notice = say("uncalibrated") if brief.uncalibrated else say("calibrated")
    out += [
        f"#text(0.92em, fill: luma(90))[#{_text(say('kind'))}]",
        _heading(1, brief.title),
        _paragraph(brief.question),
    ]
    out.append(f"#warning[#{_text(notice)}]")
    lead = brief.answer[: 6 if short else None]
    out += [_heading(2, say("answer")), f"#answer[{_points(lead)}]"]
    out += [picture.of(brief.trade, 74 if short else 100), picture.of(brief.changes, 66 if short else 92)]
    if short:
        out += [_heading(2, say("sure")), _points(brief.sure[:2])]
        out += [_heading(2, say("unmeasured")), _points([*brief.unmeasured[:2], *brief.unmeasured[-2:-1]])]
        out += [_heading(2, say("first")), _points(brief.steps[:2])]
        return "\n".join(out)
    out += ["#pagebreak()", _heading(2, say("plans")), _table(brief.plans), _table(brief.numbers)]
    out.append(_heading(2, say("sure")))
    out.append(_points(brief.sure))
    out += [picture.of(brief.certainty, 92)] if brief.certainty else []
    out += [_heading(2, say("cost")), _table(brief.costs)]
    out += ["#pagebreak()", _heading(2, say("patients"))]
    out += [picture.of(brief.whom, 96)] if brief.whom else []
    out += [_table(brief.patients)] if brief.patients else [_paragraph(say("no_groups"))]
    out += [_heading(2, say("workers")), _table(brief.workers)]
    out += ["#pagebreak()", _heading(2, say("unmeasured")), _points(brief.unmeasured), _heading(2, say("first"))]
    out += [picture.of(brief.first, 88)] if brief.first else []
    out.append(_points(brief.steps))
    out += (
        [_heading(2, say("sources")), "#set text(8pt)", _points(brief.sources)] if brief.sources else ["#set text(8pt)"]
    )
    out += [_heading(2, say("provenance")), _points([f"{name}: {value}" for name, value in brief.made])]
    return "\n".join(out)


class _Pictures:
    def __init__(self, folder: Path) -> None:
        self.folder, self.count = folder, 0

    def of(self, picture: Picture, width: int) -> str:
        """A picture with its title as caption; its text is what a reader hears who cannot see it."""
        self.count += 1
        name = f"picture-{self.count}.svg"
        (self.folder / name).write_text(standalone(picture.svg), encoding="utf-8")
        alt = _text(f"{picture.title}. {picture.text}")
        image = f'image("{name}", width: {width}%, alt: {alt})'
        caption = f"[#strong({_text(picture.title)}) #linebreak() #{_text(picture.text)}]"
        return f"#figure({image}, caption: {caption}, alt: {alt})"


def standalone(svg: str) -> str:
    """A picture of a report as a file of its own: its colours written into it."""
    css = style()
    root = re.search(r":root \{(.*?)\}", css, re.DOTALL)
    names = dict(re.findall(r"(--[\w-]+):\s*([^;]+);", root[1] if root else ""))
    plain = css.partition("@media print")[0]
    plain = re.sub(r"@media[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}", "", plain)
    rules = [
        f"{selector.strip()}{{{body}}}" for selector, body in re.findall(r"([^{}]+)\{([^{}]*)\}", plain)
        if re.match(r"\s*(\.plot|\.dot|\.band|\.line|\.faint|\.bar)", selector)
    ]  # fmt: skip
    text = "\n".join(rules).replace("font-family: inherit", f"font-family: '{FONT}'")
    text = re.sub(r"var\((--[\w-]+)\)", lambda found: names.get(found[1], "#000").strip(), text)
    text += f"\n.plot{{font-size: 12.5px; font-family: '{FONT}'}}"
    return svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1).replace(
        "<title>", f"<style>{text}</style><title>", 1
    )


def _text(words: str) -> str:
    """Words as a string of Typst: nothing in them is markup."""
    return json.dumps(words, ensure_ascii=False)


def _heading(level: int, words: str) -> str:
    return f"#heading(level: {level}, {_text(words)})"


def _paragraph(words: str) -> str:
    return f"#par[#{_text(words)}]"


def _points(lines: Sequence[str]) -> str:
    return "#list(" + ", ".join(f"[#{_text(line)}]" for line in lines) + ")"


def _table(table: Table) -> str:
    wide = ["1fr" if i == (len(table.head) == 2) else "auto" for i in range(len(table.head))]
    head = ", ".join(f"[#strong({_text(cell)})]" for cell in table.head)
    cells = ", ".join(f"[#{_text(cell)}]" for row in table.rows for cell in row)
    body = f"table(columns: ({', '.join(wide)}), align: left, table.header({head}), {cells})"
    return f"#figure({body}, kind: table, caption: [#{_text(table.caption)}])"
