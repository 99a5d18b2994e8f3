"""Peerbridge: simulate peer support in hospitals, and compare plans for it.

    >>> import peerbridge as pb

Results are simulated: they show what the model's assumptions imply, not what was observed.

Scenarios: one hospital system, its people and its programme
    load             read a scenario by its bundled name or from a TOML file
    scenario_names   names of the bundled scenarios
    dump             a scenario as TOML text, every setting written out
    Config           a scenario in Python

One run
    simulate         run one scenario once; takes a name, a path or a Config
    Result           outcomes, daily series, stays and events of a run
    PeerSupportModel the same run as a Mesa model, day by day

Plans side by side, on common random numbers
    compare          run scenarios and estimate paired differences from a baseline
    sweep            run a study: many plans, levers and uncertainties, from a TOML file
    study_names      names of the bundled studies
    read_study       open the folder of a study, finished or not
    explain          split the difference of two plans fairly over its parts, with the people it concerns
    Comparison       what `compare` returns
    Explanation      what `explain` returns
    StudyData        what `sweep` and `read_study` return

Virtual trials
    read_trial       read a trial by its bundled name or from a TOML file
    trial_names      names of the bundled trials
    run_trial        enrol, randomise and follow simulated people, many times
    TrialResult      what `run_trial` returns

Parameters
    calibrate        fit the uncertain parameters to published targets
    CalibrationDesign
                     sizes and seed of a calibration
    read_draws       read a sample of parameters, such as a posterior
    ParameterDraws   a sample of parameters

Errors
    InputError       what was asked for cannot be done; the message names the argument
    ScenarioError    a scenario or trial file is wrong; the message names file, line and field

`compare`, `explain`, `sweep` and `run_trial` use the shipped posterior of the scenario's population unless `draws`
says otherwise, as the commands of these names do; `simulate` is one run and uses start values. The
seed decides every draw: the same call gives the same bits on any number of cores. Versions: `pb.__version__` of the
package, `pb.MODEL_VERSION` of the model; only the second can change numbers.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from experiments.calibration.calibrate import Design as CalibrationDesign
    from experiments.calibration.calibrate import calibrate as calibrate
    from experiments.comparisons.result import Comparison as Comparison
    from experiments.comparisons.run import compare as compare
    from experiments.explanation.explain import explain as explain
    from experiments.explanation.result import Explanation as Explanation
    from experiments.studies.analysis.results import StudyData as StudyData
    from experiments.studies.analysis.results import read_study as read_study
    from experiments.studies.definition.reader import study_names as study_names
    from experiments.studies.sweep import sweep as sweep
    from experiments.support.errors import InputError as InputError
    from experiments.support.version import PACKAGE_VERSION as __version__  # noqa: F401
    from experiments.trials.run import TrialResult as TrialResult
    from experiments.trials.run import run_trial as run_trial
    from experiments.uncertainty.draws import ParameterDraws as ParameterDraws
    from experiments.uncertainty.draws import read_draws as read_draws
    from scenarios.loader import load as load
    from scenarios.loader import names as scenario_names
    from scenarios.one_run import simulate as simulate
    from scenarios.toml_files import ScenarioError as ScenarioError
    from scenarios.trial_files.read import read_trial as read_trial
    from scenarios.trial_files.read import trial_names as trial_names
    from scenarios.writer import dump as dump
    from simulation.config import Config as Config
    from simulation.model import PeerSupportModel as PeerSupportModel
    from simulation.result import Result as Result
    from simulation.version import VERSION as MODEL_VERSION

__all__ = [
    "MODEL_VERSION",
    "CalibrationDesign",
    "Comparison",
    "Config",
    "Explanation",
    "InputError",
    "ParameterDraws",
    "PeerSupportModel",
    "Result",
    "ScenarioError",
    "StudyData",
    "TrialResult",
    "calibrate",
    "compare",
    "dump",
    "explain",
    "load",
    "read_draws",
    "read_study",
    "read_trial",
    "run_trial",
    "scenario_names",
    "simulate",
    "study_names",
    "sweep",
    "trial_names",
]

_HOMES = {
    "MODEL_VERSION": ("simulation.version", "VERSION"),
    "CalibrationDesign": ("experiments.calibration.calibrate", "Design"),
    "Comparison": ("experiments.comparisons.result", "Comparison"),
    "Config": ("simulation.config", "Config"),
    "Explanation": ("experiments.explanation.result", "Explanation"),
    "InputError": ("experiments.support.errors", "InputError"),
    "ParameterDraws": ("experiments.uncertainty.draws", "ParameterDraws"),
    "PeerSupportModel": ("simulation.model", "PeerSupportModel"),
    "Result": ("simulation.result", "Result"),
    "ScenarioError": ("scenarios.toml_files", "ScenarioError"),
    "StudyData": ("experiments.studies.analysis.results", "StudyData"),
    "TrialResult": ("experiments.trials.run", "TrialResult"),
    "__version__": ("experiments.support.version", "PACKAGE_VERSION"),
    "calibrate": ("experiments.calibration.calibrate", "calibrate"),
    "compare": ("experiments.comparisons.run", "compare"),
    "dump": ("scenarios.writer", "dump"),
    "explain": ("experiments.explanation.explain", "explain"),
    "load": ("scenarios.loader", "load"),
    "read_draws": ("experiments.uncertainty.draws", "read_draws"),
    "read_study": ("experiments.studies.analysis.results", "read_study"),
    "read_trial": ("scenarios.trial_files.read", "read_trial"),
    "run_trial": ("experiments.trials.run", "run_trial"),
    "scenario_names": ("scenarios.loader", "names"),
    "simulate": ("scenarios.one_run", "simulate"),
    "study_names": ("experiments.studies.definition.reader", "study_names"),
    "sweep": ("experiments.studies.sweep", "sweep"),
    "trial_names": ("scenarios.trial_files.read", "trial_names"),
}

_ROOT = Path(__file__).resolve().parent.parent


def _check_names() -> None:
    """Refuse to work with somebody else's module that has the name of one of our packages.

    Raises:
        ImportError: A file or folder, usually in the current folder, hides a package of Peerbridge.
    """
    for package in ("simulation", "scenarios", "experiments"):
        module = sys.modules.get(package)
        spec = find_spec(package) if module is None else getattr(module, "__spec__", None)
        places = [] if spec is None else [spec.origin, *(spec.submodule_search_locations or ())]
        found = next((Path(place) for place in places if place), None)
        if found is not None and _ROOT not in found.resolve().parents:
            raise ImportError(
                f"{found} has the name of a part of Peerbridge and is imported in its place; rename it, or start "
                "Python in another folder",
                name=package,
                path=str(found),
            )


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        _check_names()
        module, attribute = _HOMES[name]
        found = globals()[name] = getattr(import_module(module), attribute)
        return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
