"""Pictures of the README, so that they can be made again after a change of the model.

make run
peerbridge sweep staffing-supervision-followup
python -m docs.build readme-figures --from results/make-run --from results/staffing-supervision-followup
python -m docs.build screenshots
"""

import re
import tempfile
from html import escape
from pathlib import Path

from docs.build import screenshots as screens
from docs.build.generated_parts import DOCS
from docs.build.registry import Files, page
from experiments import compare, read_study
from experiments.comparisons.report import differences_picture
from experiments.reporting import page as report_page
from experiments.reporting import svg
from experiments.reporting.page import Figure
from experiments.studies.analysis.findings import Findings
from experiments.studies.report.lever_figures import surface

IMAGES = DOCS / "images"
ACROSS, GAP, MARGIN = 3, 24, 16


@page("readme-figures", needs=("comparison", "study"))
def readme_figures(comparison: Path, study: Path) -> Files:
    """Two drawings: a comparison of plans, and the outcome of a study over its levers."""
    plans = ["usual-care", "hospital-only", "bridge", "thin-supervision"]
    result = compare(plans, out=comparison, draws="shipped")  # finds the runs of `make run` there
    findings = Findings(read_study(study))
    picture = surface(findings, findings.lead[0])
    assert picture, f"{study} has no levers to draw"
    return {
        IMAGES / "compare.svg": drawing(differences_picture(result, [result.baseline, *result.plans])),
        IMAGES / "three-levers.svg": drawing(picture),
    }


@page("screenshots", long=True, compared=False)
def screenshots() -> Files:
    """Six pictures of the dashboard, taken in a browser."""
    with tempfile.TemporaryDirectory() as folder:
        screens.take(Path(folder))
        return {IMAGES / made.name: made.read_bytes() for made in Path(folder).iterdir()}


def drawing(picture: Figure) -> str:
    """One SVG file from the panels of a figure, its title above."""
    sizes = [tuple(map(float, re.findall(r'viewBox="0 0 (\S+) (\S+)"', panel)[0])) for panel in picture.panels]
    across = min(ACROSS, len(sizes))
    wide, high = max(w for w, _ in sizes), max(h for _, h in sizes)
    width = across * wide + (across - 1) * GAP
    words = svg.wrap(picture.title, int(width / 10.5))
    top = 22.0 * len(words) + 12
    out = [f'<text class="heading" y="{18 + 22 * k}">{escape(line)}</text>' for k, line in enumerate(words)]
    if picture.legend:
        out += _legend(picture, top + 6)
        top += 24
    for i, (panel, (w, h)) in enumerate(zip(picture.panels, sizes, strict=True)):
        x, y = i % across * (wide + GAP), top + i // across * (high + 14)
        out.append(panel.replace("<svg ", f'<svg x="{x:.0f}" y="{y:.0f}" width="{w:.0f}" height="{h:.0f}" ', 1))
    height = top + -(-len(sizes) // across) * (high + 14)
    box = f"{-MARGIN} {-MARGIN / 2} {width + 2 * MARGIN:.0f} {height + MARGIN:.0f}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" role="img"><title>{escape(picture.title)}</title>'
        f"<desc>{escape(picture.text)}</desc><style>{_style()}</style>"
        f'<rect x="{-MARGIN}" y="{-MARGIN / 2}" width="100%" height="100%" fill="#fff"/>{"".join(out)}</svg>\n'
    )


def _legend(picture: Figure, y: float) -> list[str]:
    out, x = [], 0.0
    for mark, name in picture.legend:
        wide = float(re.findall(r'width="(\d+)"', mark)[0])
        out.append(mark.replace("<svg ", f'<svg x="{x:.0f}" y="{y - 11:.0f}" ', 1))
        out.append(f'<text x="{x + wide + 6:.0f}" y="{y}">{escape(name)}</text>')
        x += wide + 22 + svg.BOLD * len(name)
    return out


def _style() -> str:
    """The light theme, and of the page's rules those for drawings."""
    css = report_page.style()
    rules = re.findall(r"^(?:\.plot \S|\.dot|\.faint|\.band).*$", css, re.MULTILINE)
    own = "svg{font:12.5px system-ui,'DejaVu Sans',sans-serif}text{fill:var(--ink)}"
    own += ".heading{font-size:17px;font-weight:600}"
    return f":root{{{re.findall(r':root {(.*?)}', css, re.DOTALL)[0]}}}{own}{''.join(rules)}"
