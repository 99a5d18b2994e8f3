"""Pages of the worked examples, from what their scripts answer."""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path
from types import ModuleType

from docs.build.gallery.example import Example, Size
from docs.build.generated_parts import DOCS, table, wrapped
from docs.build.registry import Files, page
from simulation import VERSION

GALLERY = DOCS / "gallery"
NAMES = (
    "how_many_workers", "second_supervisor", "follow_up", "where_they_work", "own_hospital", "first_year",
    "empty_posts", "money", "how_sure", "self_selection",
)  # fmt: skip

INDEX = """# Worked examples

Ten short questions, each with a picture and the script that made it. **Every number here is simulated**: it shows what
the model's assumptions imply, not what was observed. The pages are written by `python -m docs.build gallery` from the
runs of their scripts.
"""


def script(name: str) -> ModuleType:
    """The module of an example."""
    return importlib.import_module(f"docs.build.gallery.{name}")


def question(name: str) -> tuple[str, str]:
    """An example's question, and what it is about."""
    title, _, text = (inspect.getdoc(script(name)) or "").partition("\n\n")
    return title, " ".join(text.split())


def path(name: str) -> Path:
    """The page of an example."""
    return GALLERY / f"{name.replace('_', '-')}.md"


def text_of(name: str, answer: Example) -> str:
    """The page of an example, from its answer."""
    title, about = question(name)
    parts = [
        f"# {title}",
        about,
        f"**{answer.answer}**",
        f"![{title}]({path(name).with_suffix('.svg').name})",
        table(answer.head, answer.rows),
        f"*Simulated with model {VERSION}: {answer.runs}*",
        f"**What this does not tell.** {answer.caution}",
        f"## The script\n\n`docs/build/gallery/{name}.py`:",
        f"```python\n{source(name)}```",
    ]
    return wrapped("\n\n".join(parts)) + "\n"


def source(name: str) -> str:
    """The script of an example, without its docstring: the page says that above."""
    return inspect.getsource(script(name)).split('"""\n\n', 1)[1]


@page("gallery", long=True)
def gallery() -> Files:
    """Ten worked examples with their pictures, from runs of their scripts."""
    made: dict[Path, str] = {}
    lines = [INDEX]
    for name in NAMES:
        answer: Example = script(name).example(Size())
        made[path(name)] = text_of(name, answer)
        made[path(name).with_suffix(".svg")] = answer.picture
        lines.append(f"* [{question(name)[0]}]({path(name).name})")
    made[GALLERY / "index.md"] = "\n".join(lines) + "\n"
    return made
