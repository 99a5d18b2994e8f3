"""A site's calibration as a command: what it writes and says, and that nothing of a single record gets out."""

import json
import logging
import re
import socket

import numpy as np
import pyarrow.parquet as pq
import pytest
from scipy.special import ndtr, ndtri
from scipy.stats import qmc

from experiments.calibration import calibrate, fitting
from experiments.calibration.site import calibrate as site_calibrate
from experiments.calibration.site import fit as site_fit
from experiments.calibration.site import template
from experiments.calibration.site.calibrate import POSTERIOR, SiteDesign, calibrate_site
from experiments.calibration.site.scenario import site_config
from experiments.cli.entry import main
from experiments.site_data.records import read
from experiments.support.errors import InputError, Stopped
from experiments.uncertainty.draws import ParameterDraws, read_draws
from scenarios import load
from simulation import simulate
from simulation.parameters import PARAMETERS
from tests.experiments.site_data.test_records import BAD_CELLS, BAD_TABLES, HEADER, MARK, ROW, rows, write

PROFILE = "people_who_use_drugs"
SMALL = ("--first", "120", "--second", "120", "--check", "50")
FILES = {
    "predictive.csv", "parameters.csv", "programme.csv", "quality.csv", "site.json", "report.txt", "report.html",
    "site.toml", POSTERIOR,
}  # fmt: skip


def general(n=150, width=0.3):
    """A posterior of hospitals in general around the start values."""
    names = fitting.free_parameters(PROFILE)
    start = ParameterDraws(tuple(names), np.array([[PARAMETERS[name].value for name in names]]), "x", PROFILE)
    z = site_fit.scores_of(start, names) + width * ndtri(qmc.LatinHypercube(len(names), rng=1).random(n))
    return ParameterDraws(
        tuple(names), fitting.values_at(names, PROFILE, ndtr(z)), "a posterior made for tests", PROFILE
    )


def a_sweep(self, name, draws, replications):
    """What the model would say, from two parameters, without a run."""
    from experiments.uncertainty.priors import prior_share

    def z(parameter):
        p = PARAMETERS[parameter]
        at = [draws.names.index(parameter), [draws.number(r) for r in range(replications)]]
        share = prior_share(fitting.prior_of(parameter, PROFILE), p.low, p.high, draws.values[at[1], at[0]])
        return ndtri(np.clip(share, 1e-6, 1 - 1e-6))

    noise = 0.05 * ndtri(qmc.LatinHypercube(9, rng=len(name)).random(replications))
    early, need = z("discharge.patient_initiated"), z("acute_need.rate")
    said = {
        "patient_initiated_discharge": ndtr(-1.0 + 0.3 * early + noise[:, 0]),
        "length_of_stay_mean": 7.0 * np.exp(-0.1 * early + noise[:, 1]),
        "length_of_stay_median_planned": 6.0 * np.exp(-0.05 * early + noise[:, 5]),
        "length_of_stay_median_patient_initiated": 5.0 * np.exp(-0.1 * early + noise[:, 6]),
        "administrative_discharge": ndtr(-2.0 + noise[:, 7]),
        "death_in_hospital": ndtr(-2.0 + noise[:, 8]),
        "readmission_7d": ndtr(-1.6 + 0.2 * need + noise[:, 2]),
        "readmission_30d": ndtr(-0.9 + 0.3 * need + noise[:, 3]),
        "readmission_90d": ndtr(-0.5 + 0.3 * need + noise[:, 4]),
    }
    self._stays = 4_000.0
    (self.studies.folder / name).mkdir(exist_ok=True)
    return {name: said[name] for name in self.numbers.names}


@pytest.fixture(scope="module")
def posterior(tmp_path_factory):
    path = tmp_path_factory.mktemp("posterior") / "general.parquet"
    general().write(path)
    return path


@pytest.fixture
def no_runs(monkeypatch):
    monkeypatch.setattr(site_calibrate._Work, "sweep", a_sweep)
    monkeypatch.setattr(site_calibrate, "simulated", lambda config, draws: [])


def call(*words):
    with pytest.raises(SystemExit) as ended:
        main([str(word) for word in words])
    return ended.value.code


MARKED_DAY, MARKED_CONTACTS = 33_217, 873


def marked(n=400):
    """A table in which every value of one row could be found again."""
    lines = [f"{MARK}p,{MARKED_DAY},{MARKED_DAY + 91},administrative,{MARKED_CONTACTS},{MARK}u,unstable"]
    for k in range(n):
        end = ("planned", "planned", "planned", "patient-initiated")[k % 4]
        start = 33_000 + k % 300
        lines.append(f"{MARK}{k},{start},{start + 2 + k % 11},{end},{k % 3},{MARK}-{k % 5},stable")
        if k % 4 == 1:
            back = start + 20 + k % 60
            lines.append(f"{MARK}{k},{back},{back + 3},planned,1,{MARK}-1,")
    return rows(*lines)


def test_marked_values_are_in_no_output_file_log_or_error(tmp_path, posterior, no_runs, capsys, caplog, monkeypatch):
    def refused(*_, **__):
        raise AssertionError("something asked for another machine")

    for name in ("connect", "connect_ex", "sendto", "bind"):
        monkeypatch.setattr(socket.socket, name, refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    caplog.set_level(logging.DEBUG)
    data = write(tmp_path, marked())
    staff = write(tmp_path, f"post,role,start_day\n{MARK}post,peer,33000\n", "staff.csv")
    out = tmp_path / "out"
    words = ("calibrate", "--data", data, "--staff", staff, "--posterior", posterior, "--out", out, *SMALL)
    assert call(*words) == 0
    first = capsys.readouterr()
    assert call(*words, "--json") == 0
    second = capsys.readouterr()
    said = first.out + first.err + second.out + second.err + caplog.text
    found = {path.name for path in out.iterdir() if path.is_file() and not path.name.startswith(".")}
    assert found == FILES
    for path in out.rglob("*"):
        if path.is_file():
            content = path.read_bytes().decode("latin-1")
            assert MARK not in content, path
            # Compressed columns hold any three digits sooner or later; no number stands in them as text.
            said += "" if path.suffix == ".parquet" else content
    table = pq.read_table(out / POSTERIOR)
    said += str(table.schema.metadata)
    assert MARK not in said
    for secret in (MARKED_DAY, MARKED_DAY + 91, MARKED_CONTACTS, 33_000):
        # Neither digits of a longer number nor those in a hash.
        assert not re.search(rf"(?<![\w.])({secret:,}|{secret})(?![\w.])", said), secret
    assert "administrative" in first.out and "not shown" in first.out


@pytest.mark.parametrize("kind", [*BAD_TABLES, *BAD_CELLS])
def test_every_kind_of_bad_table_ends_the_command_in_clear_words(tmp_path, posterior, capsys, kind):
    if kind in BAD_TABLES:
        text, said = BAD_TABLES[kind]
    else:
        old, new, said = BAD_CELLS[kind]
        text = rows(ROW.replace(old, new, 1))
    out = tmp_path / "out"
    assert call("calibrate", "--data", write(tmp_path, text), "--posterior", posterior, "--out", out) == 2
    shown = capsys.readouterr()
    assert said in shown.err and MARK not in shown.err and "Traceback" not in shown.err
    assert len(shown.err.strip().splitlines()) == 1
    assert not shown.out and not out.exists()


def test_fifty_kinds_of_bad_data_are_tried():
    assert len({**BAD_TABLES, **BAD_CELLS}) >= 50


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--posterior", "nothing.parquet"), "nothing.parquet"),
        (("--posterior", "none"), "--posterior none does not go with it"),
        (("--profile", "serious_mental_illness"), "is for people_who_use_drugs, not for --profile serious_mental"),
        (("--scenario", "brigde"), "bridge"),
        (("--first", "10"), "--first must lie between"),
        (("--check", "10"), "--check must lie between 50 and 100,000 draws"),
        (("--discrepancy", "2"), "--discrepancy must lie"),
        (("--workers", "0"), "--workers must lie between 1 and"),
    ],
)
def test_options_that_cannot_be_used_end_in_one_line_and_write_nothing(tmp_path, posterior, capsys, words, said):
    out = tmp_path / "out"
    given = ("calibrate", "--data", write(tmp_path, marked()), "--posterior", posterior, "--out", out)
    assert call(*given, *words) == 2
    err = capsys.readouterr().err.strip()
    assert said in err and len(err.splitlines()) == 1 and not out.exists()


def test_a_site_of_people_with_serious_mental_illness(tmp_path, no_runs, capsys):
    """The posterior says for whom the fit is; what to do next says so too."""
    profile = "serious_mental_illness"
    names = fitting.free_parameters(profile)
    shares = qmc.LatinHypercube(len(names), rng=1).random(150)
    posterior, out = tmp_path / "rough.parquet", tmp_path / "out"
    ParameterDraws(tuple(names), fitting.values_at(names, profile, shares), "rough", profile).write(posterior)
    data = write(tmp_path, marked())
    assert call("calibrate", "--data", data, "--posterior", posterior, "--out", out, *SMALL) == 0
    said = capsys.readouterr().out
    assert f"--posterior {out / POSTERIOR} --set population.profile={profile}" in said
    assert read_draws(out / POSTERIOR).profile == profile


def test_options_of_a_site_go_with_its_data(tmp_path, capsys):
    for option in ("--staff", "--scenario"):
        assert call("calibrate", option, tmp_path / "x") == 2
        assert f"{option} goes with --data" in capsys.readouterr().err


def test_records_that_are_too_few_are_said_to_be(tmp_path, posterior, capsys):
    out = tmp_path / "out"
    assert call("calibrate", "--data", write(tmp_path, rows(ROW)), "--posterior", posterior, "--out", out) == 2
    assert "the records are too few" in capsys.readouterr().err and not out.exists()


def test_a_folder_with_other_records_is_refused_and_one_with_the_same_goes_on(tmp_path, posterior, no_runs, capsys):
    out = tmp_path / "out"
    words = ("--posterior", posterior, "--out", out, *SMALL)
    assert call("calibrate", "--data", write(tmp_path, marked()), *words) == 0
    before = (out / POSTERIOR).read_bytes()
    assert call("calibrate", "--data", write(tmp_path, marked(300)), *words) == 2
    assert "holds another site's calibration" in capsys.readouterr().err
    assert (out / POSTERIOR).read_bytes() == before
    (out / POSTERIOR).unlink()
    assert call("calibrate", "--data", write(tmp_path, marked()), *words) == 0
    assert (out / POSTERIOR).read_bytes() == before
    other = tmp_path / "other"
    other.mkdir()
    (other / "mine.txt").write_text("x")
    assert call("calibrate", "--data", write(tmp_path, marked()), "--posterior", posterior, "--out", other) == 2
    assert "holds something else" in capsys.readouterr().err


def test_stopping_says_how_to_go_on(tmp_path, posterior, monkeypatch, capsys):
    def stop(self, name, draws, replications):
        raise Stopped(name)

    monkeypatch.setattr(site_calibrate._Work, "sweep", stop)
    out = tmp_path / "out"
    assert call("calibrate", "--data", write(tmp_path, marked()), "--posterior", posterior, "--out", out, *SMALL) == 130
    assert "To go on:" in capsys.readouterr().err


def test_the_result_is_a_posterior_for_every_command_that_takes_one(tmp_path, posterior, no_runs):
    out = tmp_path / "out"
    many = ("--first", "400", "--second", "400", "--check", "50")
    assert call("calibrate", "--data", write(tmp_path, marked()), "--posterior", posterior, "--out", out, *many) == 0
    draws = read_draws(out / POSTERIOR)
    assert len(draws) == calibrate.SIZE and draws.names == general().names and "400 stays" not in draws.label
    record = json.loads((out / "site.json").read_text())
    assert record["state"] == "complete" and record["posterior"] == draws.digest
    need = general().names.index("acute_need.rate")
    middle = [np.median(one.values[:, need]) for one in (general(), draws)]
    assert middle[1] < 0.9 * middle[0]  # fewer come back here than in hospitals in general
    rest = general().names.index("supervision.need") if "supervision.need" in general().names else 0
    assert np.std(draws.values[:, rest]) > 0


def test_posts_are_counted_per_stay(tmp_path):
    lines = [f"q{k},{k % 360},{k % 360 + 4},planned,1,a,stable" for k in range(2_000)]
    stays = write(tmp_path, rows(*lines))

    def peers(table):
        staff = write(tmp_path, "post,role,start_day,end_day,hours_per_week\n" + table, "staff.csv")
        return site_config(read(stays, staff), None, PROFILE).programme

    posts = "".join(f"{name},peer,0,,\n" for name in "abc")
    two, half = peers(posts + "d,peer,0,,\n"), peers(posts.replace(",0,,", ",0,179,") + "d,peer,0,,\n")
    assert two.peers > half.peers >= 1 and two.navigators == 0
    assert peers("a,navigator,0,,\n").peers == 0
    assert site_config(read(stays), None, PROFILE).name == "bridge"
    assert site_config(read(stays), "usual-care", PROFILE).name == "usual-care"


def test_a_posterior_of_another_population_is_refused(tmp_path):
    data = read(write(tmp_path, marked()))
    config = load("usual-care", ["population.profile=serious_mental_illness"])
    with pytest.raises(InputError, match="the posterior is for people_who_use_drugs"):
        calibrate_site(tmp_path / "out", data, general(20), config)


@pytest.mark.slow
def test_records_of_a_simulated_hospital_are_met_and_its_parameters_covered(tmp_path):
    """300, 3,000 and 30,000 stays of one simulated hospital: more stays, less doubt, and never the wrong answer."""
    higher = {"discharge.patient_initiated": 1.3, "acute_need.rate": 1.1}  # than the middle of what was believed
    truth = {name: factor * PARAMETERS[name].value for name, factor in higher.items()}
    hospital = load("usual-care", ["population.size=48000", "hospital.count=8", "run.days=730"])
    lines = template.tables(simulate(hospital, 7, parameters=truth))[0].splitlines()[1:]
    people = sorted({line.split(",")[0] for line in lines})
    removed, moved = [], []
    for stays in (300, 3_000, 30_000):
        keep = set(people[: round(len(people) * stays / len(lines))])
        table = "\n".join([HEADER, *(line for line in lines if line.split(",")[0] in keep)])
        data = read(write(tmp_path, table))
        config = site_config(data, None, PROFILE)
        design = SiteDesign(first=250, second=250, checked=60)
        result = calibrate_site(tmp_path / str(stays), data, general(400), config, design)
        removed.append(result.record["doubt_removed"])
        table = result.parameters.set_index("parameter")
        for name, value in truth.items():
            assert table.loc[name, "after_low"] < value < table.loc[name, "after_high"], (stays, name)
        moved.append(float(np.mean([table.loc[name, "moved"] for name in truth])))
        assert result.predictive["met"].all(), result.predictive
    assert removed == sorted(removed) and removed[-1] > removed[0] + 0.1
    assert 0 < moved[0] < moved[-1]
