"""`python -m docs.build [NAME]... [--check]`: write pages of the documentation, or compare them."""

from __future__ import annotations

from pathlib import Path

import click

from docs.build import (  # noqa: F401 (each registers its pages)
    command_line_page,
    evidence_pages,
    findings_page,
    gallery_pages,
    levers_page,
    model_pages,
    plausibility_page,
    posterior_pages,
    prior_reach_page,
    readme_figures,
    scenarios_page,
    studies_page,
    trial_results_page,
    trials_page,
    tutorials,
)
from docs.build.generated_parts import ROOT
from docs.build.registry import PAGES, Files


def differing(files: Files) -> list[Path]:
    """Files that do not hold what they should."""
    return [path for path, holds in files.items() if not path.exists() or path.read_bytes() != _bytes(holds)]


def _bytes(holds: str | bytes) -> bytes:
    return holds.encode() if isinstance(holds, str) else holds


@click.command(
    epilog="Examples:  python -m docs.build  |  python -m docs.build --check  |  python -m docs.build tutorials"
)
@click.argument("names", nargs=-1, type=click.Choice(list(PAGES)), metavar="[NAME]...")
@click.option("--check", is_flag=True, help="Compare only; exit code 1 where a page is out of date.")
@click.option(
    "--from", "folders", multiple=True, type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of finished runs, for pages that need one; once for each.",
)  # fmt: skip
@click.option("--list", "only_list", is_flag=True, help="List the pages and stop.")
def main(names: tuple[str, ...], check: bool, folders: tuple[Path, ...], only_list: bool) -> None:
    """Write the pages named; without a NAME, all that are made in seconds from the code alone."""
    if only_list:
        for each in PAGES.values():
            note = f" (--from: {', '.join(each.needs)})" if each.needs else " (long)" if each.long else ""
            click.echo(f"{each.name:16} {each.summary}{note}")
        return
    chosen = [PAGES[name] for name in names] or [each for each in PAGES.values() if not each.long]
    late: list[Path] = []
    for each in chosen:
        if len(folders) != len(each.needs):
            needed = " ".join(f"--from {need.upper().replace(' ', '-')}" for need in each.needs) or "no --from"
            raise click.UsageError(f"{each.name} takes {needed}")
        if check and not each.compared:
            raise click.UsageError(f"{each.name} cannot be compared")
        files = each.make(folders)
        changed = differing(files)
        late += changed
        for path in () if check else changed:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(_bytes(files[path]))  # type: ignore[index]
            click.echo(f"{path.relative_to(ROOT)}: written")
    if check and late:
        names_of = ", ".join(str(path.relative_to(ROOT)) for path in late)
        raise click.ClickException(f"out of date: {names_of}; run `python -m docs.build`")


if __name__ == "__main__":
    main()
