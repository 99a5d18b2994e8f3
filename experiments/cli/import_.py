"""`peerbridge import`: a hospital's own table, read and checked, as a folder without dates and keys."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from experiments.support.errors import InputError
from experiments.support.result_folders import check_usable

if TYPE_CHECKING:
    from experiments.site_data.records import ProgrammeData


@click.command("import")
@click.argument("table", type=click.Path(path_type=Path))
@click.option("--staff", type=click.Path(path_type=Path), metavar="TABLE", help="Table of posts.")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("site-data"), show_default=True,
    help="Folder for the imported tables and the mapping file.",
)  # fmt: skip
@click.option("--mapping", metavar="FILE_OR_NAME",
              help="How the table is read: a mapping file, or the name of a shipped one.  "
                   "[default: mapping.toml in --out; else guessed]")  # fmt: skip
@click.option(
    "--extract-end", metavar="DAY", help="Last day that the table covers.  [default: day of the last admission]"
)
@click.option("--layouts", is_flag=True, is_eager=True, expose_value=False, callback=lambda c, _, v: _layouts(c, v),
              help="List the shipped mappings.")  # fmt: skip
def import_(table: Path, staff: Path | None, out: Path, mapping: str | None, extract_end: str | None) -> None:
    """Read a hospital's own table of stays: CSV, TSV, Excel, Parquet, or FHIR Encounters.

    \b
    Examples:
      peerbridge import extract.csv --extract-end 2026-06-30 --out our-data
      peerbridge import admissions.csv.gz --mapping mimic-iv
      peerbridge calibrate --data our-data --out results/our-hospital

    What the file is and what its columns and codes mean is guessed, shown, and written to a mapping file in --out;
    edit it and run the same command again. Dates become day numbers and keys become running numbers; neither is kept,
    and no value of a row is ever shown (docs/how-to/own-records.md).

    Exit codes: 0 fine, 2 the table cannot be used as it is.
    """
    from experiments.site_data import folder as site_folder
    from experiments.site_data.mapping import read_mapping
    from experiments.site_data.records import read

    if out.exists() and (out / site_folder.MAPPING_FILE).exists():
        mapping = mapping or str(out / site_folder.MAPPING_FILE)
    else:
        check_usable(out, site_folder.RECORD)
    chosen = read_mapping(mapping) if mapping else None
    try:
        data = read(table, staff, mapping=chosen, extract_end=extract_end)
    except InputError:
        if mapping is None:
            _write_first_mapping(table, out)
        raise
    try:
        site_folder.write_folder(out, data)
    except OSError as error:
        raise InputError(f"--out {out}: {error.strerror or error}") from None
    _show(data)
    click.echo(f"\nWrote {out}: tables with day numbers, no dates, no keys. To go on:")
    click.echo(f"  peerbridge calibrate --data {out}")


def _layouts(context: click.Context, wanted: bool) -> None:
    from experiments.site_data.mapping import SHIPPED, read_mapping, shipped_layouts

    if wanted and not context.resilient_parsing:
        for name in shipped_layouts():
            click.echo(f"{name:16} {read_mapping(name).layout}")
        click.echo(f"They are files in {SHIPPED}; copy one to change it.")
        context.exit()


def _write_first_mapping(table: Path, out: Path) -> None:
    """A mapping file to edit, where the table cannot be read as it is but its columns are known."""
    from experiments.site_data.folder import MAPPING_FILE
    from experiments.site_data.mapping import Mapping, write_mapping
    from experiments.site_data.rows import open_mapped
    from experiments.site_data.schema import STAYS
    from experiments.support.atomic_files import write_text

    try:
        opened, places, _, found = open_mapped(table, STAYS, Mapping())
    except InputError:
        return
    columns = {name: opened.header[place] for name, place in places.items()}
    try:
        out.mkdir(parents=True, exist_ok=True)
        write_text(out / MAPPING_FILE, write_mapping(found.model_copy(update={"columns": columns})))
    except OSError:
        return
    click.echo(f"Wrote {out / MAPPING_FILE}: edit it and run the same command again.", err=True)


def _show(data: ProgrammeData) -> None:
    from experiments.calibration.site.report import show_quality
    from experiments.calibration.site.targets import quality

    report = data.reports[0]
    click.echo("How the table was read")
    for what, found in report.found.items():
        click.echo(f"  {what}: {found}")
    for field, header in report.columns.items():
        click.echo(f"  {field}: column {header!r}" if len(header) <= 60 else f"  {field}: a column with a long name")
    if report.unused:
        click.echo(f"  not read: {report.unused} columns")
    click.echo("")
    show_quality(quality(data), data.remarks)
