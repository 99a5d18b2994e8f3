"""What every report shares: the page, pictures with their numbers, what nobody knows, and how the numbers were made."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from experiments.reporting import svg, wording

if TYPE_CHECKING:
    from simulation.config import Config


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture and the table that says the same.

    Attributes:
        id: Anchor on the page.
        title: The finding.
        text: What is drawn.
        panels: One or more pictures as SVG.
        head: Head of the table.
        body: Rows of the table, the first cell naming the row.
        legend: Mark and name of each series.
    """

    id: str
    title: str
    text: str
    panels: Sequence[str]
    head: Sequence[str]
    body: Sequence[Sequence[str]]
    legend: Sequence[tuple[str, str]] = ()

    @property
    def svgs(self) -> list[Markup]:
        """The panels, drawn by our own code and escaped there."""
        return [Markup(panel) for panel in self.panels]

    @property
    def keys(self) -> list[tuple[Markup, str]]:
        """The legend, its marks drawn by our own code."""
        return [(Markup(mark), name) for mark, name in self.legend]


def legend(names: Sequence[str], order: Sequence[str], lines: bool = False) -> list[tuple[str, str]]:
    """Mark and name of each of `names`; `order` sets the looks."""
    return [(svg.key(name, order, lines), name) for name in names]


def page(template: str, context: Mapping[str, Any], used: Mapping[str, str] | None = None) -> str:
    """A page from a template of `experiments/reporting/templates`; everything put into it is escaped.

    Args:
        template: Its name.
        context: What it shows.
        used: Value of each parameter in the runs of the page, as text; None where they are not known.
    """
    assumed = {"parameters": assumed_parameters(used), "used": used is not None}
    html: str = _environment().get_template(template).render(context, **assumed, listed=wording.listed)
    return html


def parameters_used(configs: Iterable[Config], drawn: Collection[str] = ()) -> dict[str, str]:
    """The value of every parameter in runs of these scenarios, as text: each value once, "drawn" where a draw sets it.

    Args:
        configs: The scenarios.
        drawn: Parameters whose values come from a sample; what a scenario sets itself wins.
    """
    from simulation.parameters import defaults

    found: dict[str, dict[str, None]] = {}
    for config in configs:
        for name, start in defaults(config.population.profile).items():
            own = config.parameters.get(name)
            text = "drawn" if own is None and name in drawn else f"{start if own is None else own:g}"
            found.setdefault(name, {})[text] = None
    return {name: ", ".join(values) for name, values in found.items()}


def style() -> str:
    """The style sheet of all pages."""
    css: str = _environment().get_template("page.css.j2").render()
    return css


@cache
def _environment() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("experiments.reporting", "templates"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip


def assumed_parameters(used: Mapping[str, str] | None = None) -> list[dict[str, str]]:
    """Parameters for which no number was found, with their ranges and the values used (or start values), as text."""
    from experiments.uncertainty.priors import prior_sentence
    from simulation.parameters import PARAMETERS

    return [
        {
            "name": p.name, "text": p.text, "value": used[p.name] if used else f"{p.value:g}",
            "range": f"{p.low:g} to {p.high:g}", "prior": prior_sentence(p.prior), "unit": p.unit,
        }
        for p in PARAMETERS.values() if p.kind == "assumed"
    ]  # fmt: skip
