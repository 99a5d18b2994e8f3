"""`python -m benchmarks`: run, print, keep."""

from __future__ import annotations

import os
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from benchmarks import (
    calendar,
    comparators,
    dashboard,
    grid,
    growth,
    interpreted,
    page,
    pairing,
    profile,
    runs,
    startup,
    store,
    summaries,
    sweeps,
    threads,
)
from benchmarks.figures import Benchmark, Figure

ALL: dict[str, Benchmark] = {
    module.BENCHMARK.name: module.BENCHMARK
    for module in (
        runs,
        comparators,
        growth,
        threads,
        startup,
        calendar,
        interpreted,
        profile,
        pairing,
        summaries,
        sweeps,
        grid,
        store,
        dashboard,
    )  # fmt: skip
}


@click.command(
    epilog="Examples:  python -m benchmarks  |  python -m benchmarks --quick  |  python -m benchmarks runs comparators"
)
@click.argument("names", nargs=-1, type=click.Choice(list(ALL)), metavar="[NAME]...")
@click.option("--quick", is_flag=True, help="Fewer repeats and smaller sizes; nothing is kept.")
@click.option(
    "--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Also write the results here."
)
@click.option("--keep/--no-keep", default=True, help="Keep results and write the page.")
@click.option("--list", "only_list", is_flag=True, help="List the benchmarks and stop.")
@click.option("--page-only", is_flag=True, help="Write the page anew from the results kept; measure nothing.")
def main(
    names: tuple[str, ...], quick: bool, json_file: Path | None, keep: bool, only_list: bool, page_only: bool
) -> None:
    """Run all benchmarks, or those named. Every target stands beside its figure."""
    console = Console()
    if only_list:
        for benchmark in ALL.values():
            console.print(f"{benchmark.name:12} {benchmark.title}")
        return
    if page_only:
        page.rewrite(page.read())
        return
    new: page.Results = {}
    failed: list[str] = []
    for name in names or ALL:
        load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
        try:
            with console.status(f"{name} …"):
                figures = ALL[name].measure(quick)
        except Exception as error:  # one that fails, with whatever, does not cost the others their figures
            failed.append(name)
            console.print(f"{name} failed: {error}", style="red", markup=False)
            continue
        console.print(table(ALL[name], figures))
        new[name] = page.record(ALL[name], figures, load)
        if keep and not quick:
            kept = page.read() | new
            page.write({key: kept[key] for key in ALL if key in kept})
    if json_file:
        page.write(new, json_file)
    if keep and not quick:
        page.rewrite(page.read())
        console.print(f"kept in {page.RESULTS.relative_to(page.ROOT)} and {page.PAGE.relative_to(page.ROOT)}")
    if failed:
        raise click.ClickException(f"failed: {', '.join(failed)}")


def table(benchmark: Benchmark, figures: list[Figure]) -> Table:
    """The figures of one benchmark."""
    out = Table(title=benchmark.title, title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 0))
    out.add_column("what")
    out.add_column("measured", justify="right")
    out.add_column("target", justify="right")
    out.add_column("")
    for figure in figures:
        colour = {True: "green", False: "red", None: ""}[figure.met]
        remark = "; ".join(part for part in (page.verdict(figure), figure.note) if part)
        out.add_row(figure.what.replace("`", ""), figure.text, figure.target, remark, style=colour)
    return out


if __name__ == "__main__":
    main()
