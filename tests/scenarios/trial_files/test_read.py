"""Trial files: what a good one says, and how a bad one ends."""

from pathlib import Path

import pytest

from scenarios import ScenarioError
from scenarios.trial_files.measures import MEASURES
from scenarios.trial_files.read import read_trial, trial_names
from simulation.trial_specification import NAVIGATOR, PEER, SOCIAL_WORKER, lay_out

GOOD = """\
title = "A trial"
[enrolment]
people = 60
[staff]
peers = 2
[arms.usual]
[arms.peer]
worker = "peer"
contact_days = 90
[outcomes.readmission]
measure = "readmission"
effect = "risk difference"
days = 90
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def changed(old: str, new: str) -> str:
    assert GOOD.count(old) == 1
    return GOOD.replace(old, new)


# what is wrong: (content of the file, line to be named or None, words the message must have)
BAD = {
    "empty": ("", None, ["is empty", "[outcomes.NAME]"]),
    "not toml": ("title: a trial\n", 1, ["not valid TOML"]),
    "no arms": (
        'title = "A"\n[enrolment]\npeople = 9\n[outcomes.x]\nmeasure = "death"\neffect = "risk ratio"\ndays = 9\n',
        None,
        ["arms: is missing"],
    ),
    "no title": (changed('title = "A trial"', ""), None, ["title: is missing"]),
    "unknown table": (changed("[enrolment]", "[enrollment]"), 2, ["enrollment", "did you mean enrolment?"]),
    "unknown key": (changed("people = 60", "peeple = 60"), 3, ["did you mean enrolment.people?"]),
    "key of another table": (
        changed("people = 60", "people = 60\nconsent = 0.5"), 4, ["did you mean eligibility.consent?"],
    ),
    "key of an arm at the top": (changed('title = "A trial"', 'title = "A"\nworker = "peer"'), 2, ["arms.NAME.worker"]),
    "key of a published effect": (GOOD + "[outcomes.readmission.published]\nefect = 1.0\n", 15, ["published.effect?"]),
    "arm that is no table": (
        changed("[arms.usual]", "[arms]\nusual = 3"), 7, ["arms.usual", "must be a table"],
    ),
    "unknown worker": (changed('worker = "peer"', 'worker = "piers"'), 8, ["arms.peer.worker", 'did you mean "peer"?']),
    "unknown measure": (changed('"readmission"', '"readmissions"'), 11, ['did you mean "readmission"?', "there are"]),
    "unknown effect": (changed('"risk difference"', '"risk differences"'), 12, ["effect", '"risk difference"']),
    "effect that does not fit": (changed('"risk difference"', '"rate ratio"'), 12, ['"readmission" goes with']),
    "hazard without a time": (
        changed('measure = "readmission"\neffect = "risk difference"', 'measure = "in care"\neffect = "hazard ratio"'),
        12, ["no time at which it happens"],
    ),
    "no window": (GOOD.removesuffix("days = 90\n"), 10, ["days: is missing"]),
    "window of a stay": (
        changed('"readmission"', '"patient-initiated discharge"'), 13, ["has no window; leave it out"],
    ),
    "window upside down": (GOOD + "after_days = 90\n", 14, ["after_days: must lie before days (90)"]),
    "end of no contact": (
        changed("contact_days = 90\n", "") + 'days_from = "end of contact"\n', 13, ["no arm keeps in touch"],
    ),
    "contact without a worker": (changed('worker = "peer"\n', ""), 8, ["contact_days: needs a worker"]),
    "no post for the worker": (changed("peers = 2", "peers = 0"), 8, ["no post for a peer", "set peers in [staff]"]),
    "no post for a social worker": (
        changed('worker = "peer"', 'worker = "social worker"'), 8, ["social_workers in [staff]"],
    ),
    "schedule in strange words": (
        changed("contact_days = 90", 'contact_days = 90\ncontact_schedule = "now and then"'), 10,
        ["contact_schedule", '"twice a week for a month, then monthly"'],
    ),
    "schedule that falls": (
        changed("contact_days = 90", "contact_days = 90\ncontact_schedule = [[60, 7], [30, 7]]"), 10, ["must rise"],
    ),
    "schedule of the wrong kind": (
        changed("contact_days = 90", "contact_days = 90\ncontact_schedule = 7"), 10, ["must be words", "got 7"],
    ),
    "nobody takes part": (changed("people = 60", "days = 60"), 2, ["people: is missing"]),
    "people twice": (
        changed("[arms.usual]", "[arms.usual]\npeople = 30").replace("[arms.peer]", "[arms.peer]\npeople = 30"), 3,
        ["say their people already"],
    ),
    "people of one arm only": (changed("[arms.usual]", "[arms.usual]\npeople = 30"), 8, ["every arm says its people"]),
    "negative people": (changed("people = 60", "people = -3"), 3, ["whole number from 2", "got -3"]),
    "text for a number": (changed("people = 60", 'people = "sixty"'), 3, ['got text "sixty"']),
    "share for a yes": (changed("contact_days = 90", "contact_days = 90\nin_hospital = 0.5"), 10, ["true or false"]),
    "uptake above 1": (changed("contact_days = 90", "contact_days = 90\nuptake = 74"), 10, ["from 0 to 1", "got 74"]),
    "two references": (
        changed("[arms.usual]", "[arms.usual]\nreference = true")
        .replace("[arms.peer]", "[arms.peer]\nreference = true"),
        9, ["usual is the reference already"],
    ),
    "ratio upside down": (
        changed("[arms.usual]", "[arms.usual]\nassumed_acute_need_ratio = [1.2, 1.0, 0.8]"), 7, ["low, middle, high"],
    ),
    "block of the wrong size": (
        changed("people = 60", 'people = 60\nassignment = "blocks"\nblock_size = 5'), 5, ["multiple of 2"],
    ),
    "block without blocks": (changed("people = 60", "people = 60\nblock_size = 4"), 4, ["belongs to permuted blocks"]),
    "blocks without a size": (
        changed("people = 60", 'people = 60\nassignment = "blocks"'), 4, ["block_size: is missing"],
    ),
    "unknown assignment": (
        changed("people = 60", 'people = 60\nassignment = "clusters"'), 4, ['did you mean "cluster"?'],
    ),
    "wedge without steps": (
        changed("people = 60", 'people = 60\nassignment = "stepped-wedge"'), 4, ["steps: is missing"],
    ),
    "steps without a wedge": (changed("people = 60", "people = 60\nsteps = 3"), 4, ["belongs to a stepped wedge"]),
    "wedge of three arms": (
        changed("people = 60", 'people = 60\nassignment = "stepped-wedge"\nsteps = 2\nstep_days = 30')
        + '[arms.more]\nworker = "peer"\n', 4, ["two arms", "has 3"],
    ),
    "one hospital as clusters": (
        changed("people = 60", 'people = 60\nassignment = "cluster"\ncluster = "hospital"'), 4,
        ["at least 2 clusters", "there is 1", "hospital.count"],
    ),
    "unknown place": (GOOD + '[eligibility]\nplace = ["clinic"]\n', 15, ["eligibility.place", "emergency department"]),
    "no place": (GOOD + "[eligibility]\nplace = []\n", 15, ["eligibility.place"]),
    "consent of nobody": (GOOD + "[eligibility]\nconsent = 0\n", 15, ["above 0"]),
    "stay upside down": (
        GOOD + "[eligibility]\nstay_days_at_least = 9\nstay_days_at_most = "
               "3\n", 16, ["at least stay_days_at_least (9)"],
    ),
    "admissions upside down": (
        GOOD + "[eligibility]\nadmissions_at_least = 3\nadmissions_at_most = 2\n", 16, ["admissions_at_most"],
    ),
    "unknown arm compared": (
        GOOD + '[analysis]\ncomparisons = [["pear", "usual"]]\n', 15, ['"pear" is no arm', 'did you mean "peer"?'],
    ),
    "arm compared with itself": (GOOD + '[analysis]\ncomparisons = [["peer", "peer"]]\n', 15, ["with itself"]),
    "unknown subgroup": (GOOD + '[analysis]\nsubgroups = ["housing"]\n', 15, ['"housing" is no variable']),
    "subgroup that is no rule": (
        GOOD + '[analysis]\nsubgroups = ["admissions > 4"]\n', 15, ['as in "admissions >= 4"'],
    ),
    "strata that fall": (GOOD + "[analysis]\nexposure_strata = [4, 1]\n", 15, ["that rise"]),
    "published without an effect": (
        GOOD + "[outcomes.readmission.published]\nlow = 0.1\nhigh = 0.2\n", 14, ["needs effect"],
    ),
    "published upside down": (
        GOOD + "[outcomes.readmission.published]\neffect = 0.1\nlow = 0.2\nhigh = 0.0\n", 14, ["low first"],
    ),
    "published in per cent": (
        GOOD + "[outcomes.readmission.published]\neffect = -14.5\n", 15, ["0.05 is five in a hundred"],
    ),
    "published for an unknown arm": (
        GOOD + "[outcomes.readmission.published]\narms = { pear = 0.1 }\n", 15, ['"pear" is no arm'],
    ),
    "unknown scenario": (
        changed('title = "A trial"', 'title = "A"\nscenario = "usualcare"'), 2, ["scenario", "usual-care"],
    ),
    "unknown setting": (GOOD + '[settings]\n"population.sise" = 3\n', 14, ["population.sise", "population.size?"]),
    "setting out of range": (GOOD + '[settings]\n"population.size" = 0\n', 14, ["population.size", "from 1"]),
    "setting of the trial's own": (GOOD + '[settings]\n"run.days" = 30\n', 15, ["run.days follows from the trial"]),
    "two primary outcomes": (
        GOOD + 'primary = true\n[outcomes.b]\nmeasure = "death"\neffect = "risk ratio"\ndays = 9\nprimary = true\n', 19,
        ["readmission is the primary outcome already"],
    ),
    "name of an arm": (changed("[arms.usual]", '[arms."a/b"]'), 6, ["a name has 1 to 40"]),
    "control characters": (changed('"A trial"', '"A \\u0007 trial"'), 1, ["control characters"]),
    "another version": (changed('title = "A trial"', 'schema = 9\ntitle = "A"'), 1, ["schema", "must be 1"]),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_a_bad_file_ends_in_one_clear_line(tmp_path: Path, what: str) -> None:
    text, line, words = BAD[what]
    with pytest.raises(ScenarioError) as found:
        read_trial(write(tmp_path, text))
    message = str(found.value)
    assert "\n" not in message and message.startswith(str(tmp_path))
    assert len(message) < 700
    for word in words:
        assert word in message, message
    if line is not None:
        assert f"mine.toml, line {line}" in message, message


def test_a_trial_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match='did you mean "sledge-2011"'):
        read_trial("sledge-211")
    with pytest.raises(ScenarioError, match="is a directory; give a trial file"):
        read_trial(tmp_path)


def test_a_small_file_is_filled_in_sensibly(tmp_path: Path) -> None:
    plan = read_trial(write(tmp_path, GOOD))
    assert plan.arms == ("usual", "peer") and plan.reference == "usual" and plan.comparisons == (("peer", "usual"),)
    assert plan.config.programme.peers == 2 and plan.config.programme.navigators == 0
    assert plan.config.run.warm_up_days == plan.trial.first_day == 180
    assert plan.config.run.days >= plan.trial.days + 90
    assert plan.primary.name == "readmission" and plan.primary.better == -1 and plan.primary.null == 0.0


@pytest.mark.parametrize("name", trial_names())
def test_bundled_trials_say_where_their_numbers_come_from(name: str) -> None:
    plan = read_trial(name)
    assert plan.sources and plan.assumed and plan.question
    assert any(endpoint.published for endpoint in plan.endpoints)
    for endpoint in plan.endpoints:
        assert endpoint.measure in MEASURES
        assert endpoint.published is None or endpoint.published.source in plan.sources


def test_bundled_numbers_are_those_of_the_evidence() -> None:
    published = {name: [e.published for e in read_trial(name).endpoints if e.published] for name in trial_names()}
    sledge = published["sledge-2011"]
    assert [dict(p.arms) for p in sledge] == [{"mentor": 0.89, "usual": 1.53}, {"mentor": 10.08, "usual": 19.08}]
    johnson = published["johnson-2018"][0]
    assert (johnson.effect, johnson.low, johnson.high) == (0.66, 0.43, 0.99)
    assert dict(published["navstar"][0].arms) == {"navigator": 0.155, "usual": 0.30}
    assert dict(published["impact"][0].arms) == {"team": 0.389, "controls": 0.233}
    counts = {name: read_trial(name).trial.n for name in trial_names()}
    assert counts == {"sledge-2011": 74, "johnson-2018": 434, "navstar": 400, "impact": 624}


def test_settings_can_stand_in_tables_and_on_the_command_line(tmp_path: Path) -> None:
    text = GOOD + '[settings.population]\nsize = 900\n[settings.parameters]\n"relationship.contact_gain" = 0.0\n'
    plan = read_trial(write(tmp_path, text))
    assert plan.config.population.size == 900 and plan.config.parameters == {"relationship.contact_gain": 0.0}
    plan = read_trial(tmp_path / "mine.toml", ("population.size=700", "parameters.relationship.contact_gain=0.1"))
    assert plan.config.population.size == 700 and plan.config.parameters == {"relationship.contact_gain": 0.1}
    with pytest.raises(ScenarioError, match="follows from the trial"):
        read_trial(tmp_path / "mine.toml", ("run.days=9",))


def test_kinds_of_workers_are_posted(tmp_path: Path) -> None:
    from simulation.engine import Engine

    text = changed("peers = 2", "peers = 2\nnavigators = 3\nsocial_workers = 2") + (
        '[arms.navigator]\nworker = "navigator"\n[arms.social]\nworker = "social worker"\n'
        '[settings]\n"population.size" = 50\n"hospital.count" = 2\n'
    )
    plan = read_trial(write(tmp_path, text))
    kinds = Engine(plan.config, trial=plan.trial).world.workers["kind"].tolist()
    assert [kinds.count(kind) for kind in (PEER, NAVIGATOR, SOCIAL_WORKER)] == [2, 3, 2]


def test_clusters_and_steps(tmp_path: Path) -> None:
    wedge = 'people = 60\nassignment = "stepped-wedge"\ncluster = "hospital"\nsteps = 3\nstep_days = 60'
    plan = read_trial(write(tmp_path, changed("people = 60", wedge) + '[settings]\n"hospital.count" = 6\n'))
    assert plan.trial.days == 240 and plan.clustered
    rows = lay_out(plan.trial, 10, 6, 4, 99)["clusters"]
    crossing = rows["crossing"].reshape(6, 5)
    assert (crossing == crossing[:, :1]).all()
    assert sorted(crossing[:, 0]) == [240, 240, 300, 300, 360, 360]
    plan = read_trial(write(tmp_path, changed("people = 60", 'people = 60\nassignment = "cluster"')))
    rows = lay_out(plan.trial, 10, 1, 4, 99)["clusters"]
    assert sorted(rows["after"][1:]) == [0, 0, 1, 1] and (rows["before"] == rows["after"]).all()


@pytest.mark.parametrize(
    ("table", "named"), [("[arms.usual]\n", "arms.usual"), ('measure = "readmission"\n', "outcomes.readmission")]
)
@pytest.mark.parametrize("sign", ["u202e", "u001b", "u200f"])
def test_titles_hold_no_characters_that_change_how_others_are_shown(
    tmp_path: Path, table: str, named: str, sign: str
) -> None:
    with pytest.raises(ScenarioError, match=f"{named}.title: must have no control characters"):
        read_trial(write(tmp_path, changed(table, f'{table}title = "\\{sign} evil"\n')))


def test_staff_of_a_trial_and_of_the_programme_together_are_too_many(tmp_path: Path) -> None:
    text = GOOD.replace("peers = 2\n", "peers = 20000\n").replace(
        'title = "A trial"\n', 'title = "A trial"\nscenario = "bridge"\noutside = "programme"\n'
    )
    with pytest.raises(ScenarioError, match="staff: together with the programme's own, programme.peers"):
        read_trial(write(tmp_path, text))
