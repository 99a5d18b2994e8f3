"""Scenarios: TOML files that say what a planner sets, read into a [`Config`][simulation.config.Config].

A scenario is found by its bundled name (`load("bridge")`) or by the path of a file (`load("my-plan.toml")`).
Whatever is wrong with one ends in a [`ScenarioError`][scenarios.ScenarioError] of one line.
"""

from scenarios.loader import check, load, load_with_origins, names
from scenarios.toml_files import ScenarioError, read_file
from scenarios.writer import dump

__all__ = ["ScenarioError", "check", "dump", "load", "load_with_origins", "names", "read_file"]
