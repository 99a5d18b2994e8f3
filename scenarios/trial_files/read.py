"""Read a trial file into a [`TrialPlan`][scenarios.trial_files.plan.TrialPlan]; anything wrong with it is one line.

Tables and keys of the file are in `trial_format`, schedules in words in `trial_schedule`; arms, outcomes and the rest
are put together in `trial_arms`, `trial_endpoints` and `trial_setting`.
"""

from __future__ import annotations

import os
from pathlib import Path

from scenarios.bundled import find
from scenarios.loader import clean_name
from scenarios.toml_files import read_toml
from scenarios.trial_files.arms import check_staff, read_arms, read_comparisons, read_ratios, reference_arm
from scenarios.trial_files.checked_file import Reader
from scenarios.trial_files.endpoints import read_endpoints, read_strata, read_subgroup
from scenarios.trial_files.plan import TrialPlan
from scenarios.trial_files.setting import read_setting

LIBRARY = Path(__file__).parents[1] / "trials"
"""Folder of the bundled trials."""


def trial_names() -> list[str]:
    """Names of the bundled trials.

    Example:
        >>> import peerbridge as pb
        >>> "sledge-2011" in pb.trial_names()
        True
    """
    return sorted(file.stem for file in LIBRARY.glob("*.toml"))


def read_trial(name_or_path: str | os.PathLike[str], settings: tuple[str, ...] = ()) -> TrialPlan:
    """Read a trial by its bundled name or from a file.

    Args:
        name_or_path: A bundled name (`trial_names()`), or the path of a TOML file.
        settings: Overrides of the scenario's settings, such as "population.size=12000".

    Raises:
        ScenarioError: The first thing that is wrong, in one line: file, line, key, what is allowed, what was found.

    Example:
        >>> import peerbridge as pb
        >>> trial = pb.read_trial("sledge-2011")
        >>> trial.arms, trial.primary.name
        (('usual', 'mentor'), 'rehospitalisations')
    """
    path, label = _find(name_or_path)
    return _plan(Reader(read_toml(path, label, "trial")), settings)


def _find(name_or_path: str | os.PathLike[str]) -> tuple[Path, str]:
    return find(name_or_path, LIBRARY, trial_names(), ("trial", "trials"))


def _plan(reader: Reader, settings: tuple[str, ...]) -> TrialPlan:
    """Check everything and put it together."""
    table = reader.table
    arms = read_arms(reader)
    reference = reference_arm(reader)
    endpoints = read_endpoints(reader)
    trial, config = read_setting(reader, arms, endpoints, settings)
    check_staff(reader, config)
    subgroups = tuple(read_subgroup(reader, text) for text in table.analysis.subgroups)
    mine = {"hospital", "unit"} if trial.cluster == "hospital" else {"unit"}
    for group in subgroups:
        if trial.assignment == "cluster" and group.variable in mine:
            reader.bad(
                ("analysis", "subgroups"),
                f"analysis.subgroups: every {group.variable} is of one arm where {trial.cluster}s are assigned, so it "
                "cannot be a subgroup",
            )
    return TrialPlan(
        name=clean_name(reader.file.path.name.removesuffix(".toml")),
        title=table.title,
        question=table.question,
        description=table.description,
        sources=tuple(table.sources),
        assumed=tuple(table.assumed),
        config=config,
        trial=trial,
        titles={name: arm.title or name for name, arm in table.arms.items()},
        reference=reference,
        comparisons=read_comparisons(reader, reference),
        endpoints=endpoints,
        assumed_ratios=read_ratios(reader),
        without_mechanism=tuple(name for name, arm in table.arms.items() if arm.written_information),
        alpha=table.analysis.alpha,
        treated_by=table.analysis.treated_by,
        treated_from=table.analysis.treated_from_contacts,
        treated_within=table.analysis.treated_within_days,
        strata=read_strata(reader),
        subgroups=subgroups,
        incentives=tuple(
            name
            for name in ("incentive_for_contacts", "incentive_for_care")
            if any(getattr(arm, name) > 0 for arm in table.arms.values())
        ),
    )
