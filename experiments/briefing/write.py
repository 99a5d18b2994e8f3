"""Write the papers of a folder: four pages and one, as HTML and PDF."""

from __future__ import annotations

from pathlib import Path

from experiments.briefing.content import brief_of
from experiments.briefing.language import Sentences
from experiments.briefing.page import render
from experiments.briefing.pdf import write_pdf
from experiments.support.atomic_files import write_text
from experiments.support.errors import InputError

NAMES = {"brief": False, "brief-one-page": True}
"""Files without their ending, and whether they are the short one."""


def write_brief(folder: Path | str, out: Path | str | None = None, *, language: str = "en") -> list[Path]:
    """Write `brief.html`, `brief.pdf`, `brief-one-page.html` and `brief-one-page.pdf`.

    Args:
        folder: What `peerbridge compare --out`, `sweep` or `decide` made.
        out: Folder of the papers; `folder` if None.
        language: Language of the sentences.

    Returns:
        The files, in this order.

    Raises:
        InputError: The folder holds nothing to tell, the language is not there, or a PDF needs another package.
        OSError: The folder cannot be written.
    """
    say = Sentences(language)
    brief = brief_of(Path(folder), say)
    place = Path(out or folder)
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{place}: {error.strerror or error}", argument="out") from None
    made = []
    for name, short in NAMES.items():
        write_text(place / f"{name}.html", render(brief, say, short))
        write_pdf(brief, say, place / f"{name}.pdf", short)
        made += [place / f"{name}.html", place / f"{name}.pdf"]
    return made
