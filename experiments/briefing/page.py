"""A paper as HTML: one file that needs nothing else, printed on as many pages as the PDF has."""

from __future__ import annotations

from markupsafe import Markup

from experiments.briefing.content import Brief, Picture
from experiments.briefing.language import Sentences
from experiments.reporting import page as pages


def render(brief: Brief, say: Sentences, short: bool = False) -> str:
    """The paper as HTML; the same brief gives the same bytes.

    Args:
        brief: Its content.
        say: Its language.
        short: One page.
    """

    def drawn(picture: Picture) -> Markup:
        return Markup(picture.svg)  # by our own code and escaped there

    return pages.page("brief.html.j2", {"brief": brief, "say": say, "short": short, "drawn": drawn})
