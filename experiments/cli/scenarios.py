"""`peerbridge scenarios`: list, show and check scenarios."""

from __future__ import annotations

from typing import Any

import click

from experiments.cli.common import Group, check_each, print_json
from experiments.support.errors import InputError


@click.group(cls=Group)
def scenarios() -> None:
    """List, show and check scenarios.

    \b
    Examples:
      peerbridge scenarios list
      peerbridge scenarios check my-plan.toml
    """


@scenarios.command("list")
@click.option("--json", "as_json", is_flag=True, help="JSON on stdout, for scripts.")
def list_scenarios(as_json: bool) -> None:
    """List the bundled scenarios.

    \b
    Examples:
      peerbridge scenarios list
      peerbridge scenarios list --json
    """
    from experiments.comparisons import terminal
    from scenarios import load, names

    configs = [load(name) for name in names()]
    if as_json:
        print_json([c.model_dump(include={"name", "title", "question", "description"}) for c in configs])
    else:
        terminal.show_scenarios(configs)


@scenarios.command("show")
@click.argument("scenario", metavar="NAME_OR_FILE")
@click.option("--set", "settings", multiple=True, metavar="K=V", help="Change a setting, e.g. programme.peers=6.")
def show_scenario(scenario: str, settings: tuple[str, ...]) -> None:
    """Show a scenario with every setting, as TOML that can be saved and changed.

    \b
    Examples:
      peerbridge scenarios show bridge
      peerbridge scenarios show bridge --set programme.peers=6 > my-plan.toml
    """
    from scenarios import dump

    click.echo(dump(_load(scenario, settings)), nl=False)


@scenarios.command("check")
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
def check_scenarios(files: tuple[str, ...]) -> None:
    """Check scenario files and say what is wrong in each; exit code 2 if anything is.

    \b
    Examples:
      peerbridge scenarios check my-plan.toml
      peerbridge scenarios check plans/*.toml
    """
    from scenarios import check

    def summary(file: str) -> str:
        if problems := check(file):
            raise InputError("\n".join(problems))
        return "fine"

    check_each(files, summary)


def _load(scenario: str, settings: tuple[str, ...]) -> Any:
    from scenarios import ScenarioError, load

    try:
        return load(scenario, settings)
    except ScenarioError as error:
        raise InputError(str(error)) from None
