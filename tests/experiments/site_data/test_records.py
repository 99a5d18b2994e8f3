"""A programme's records: every bad table is refused in words that hold none of its values."""

import pytest

from experiments.calibration.site.targets import quality, site_numbers, site_targets
from experiments.calibration.site.template import NAMES, write_template
from experiments.cli.entry import main
from experiments.site_data.codes import is_no_key, plain
from experiments.site_data.disclosure import count
from experiments.site_data.records import read
from experiments.site_data.rows import MESSAGES_SHOWN
from experiments.support.errors import InputError
from scenarios import load
from simulation import simulate

HEADER = "person,admission_day,discharge_day,discharge_type,peer_contacts,unit,housing"
ROW = "p1,10,14,planned,2,a,stable"
MARK = "ZQX7731"
"""Planted in bad tables: it must not come back."""


def write(folder, text, name="discharges.csv"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def rows(*lines, header=HEADER):
    return "\n".join([header, *lines]) + "\n"


BAD_TABLES = {
    "empty": ("", "is empty"),
    "blank lines": ("\n\n\n", "is empty"),
    "only a header": (rows(), "no rows"),
    "no header": (f"{MARK},10,14,planned,2,a,stable\n", "the first row holds no names of columns"),
    "every unknown column at once": (
        rows(ROW, header=f"{MARK},b,c,discharge_type,peer_contacts,unit,housing"), "columns 1, 2, 3 of the header"
    ),
    "a column twice": (rows(ROW + ",a", header=HEADER + ",unit"), "unit is there twice"),
    "two columns for one field": (rows("1,2,3,4", header="patient_id,mrn,admit_date,disch_date"), "several columns"),
    "no person": (rows("10,14,planned", header="admission_day,discharge_day,discharge_type"), "person is missing"),
    "no admission": (rows("p,14,planned", header="person,discharge_day,discharge_type"), "admission_day is missing"),
    "no discharge": (rows("p,14,planned", header="person,admission_day,discharge_type"), "discharge_day is missing"),
    "too few cells": (rows(ROW, f"{MARK},3"), "row 3: has 2 cells, the header 7"),
    "too many cells": (rows(ROW + f",{MARK}"), "row 2: has 8 cells, the header 7"),
    "zero bytes": (rows(ROW).encode() + b"\0", "zero byte"),
    "a spreadsheet that is none": (b"PK\x03\x04" + bytes(range(256)), "is not a workbook"),
    "Parquet that is none": (b"PAR1" + bytes(range(256)), "is not a Parquet file"),
    "an archive that is none": (b"\x1f\x8b" + bytes(range(256)), "damaged, or not packed"),
    "JSON without an Encounter": ('{"resourceType": "Patient"}', "JSON without a FHIR Encounter"),
    "an open quote": (
        rows(f'"{MARK},10,14,planned,2,a,stable', "p,1,2,planned,1,a,stable"), "a quotation mark that is never closed"
    ),
    "day and month that cannot be told apart": (
        rows("p,01/02/2026,03/02/2026,planned,1,a,stable"), "day and month cannot be told apart"
    ),
    "words for nobody as keys": (rows(*["NULL,10,14,planned,2,a,stable"] * 20, ROW), "rows without a person"),
    "a key that is in many stays at once": (
        rows(*(f"all,{n},{n + 9},planned,2,a,stable" for n in range(30)), ROW), "it stands for nobody"
    ),
}  # fmt: skip

BAD_CELLS = {
    "empty key": ("p1", "", "row 2, person: rows without a person"),
    "a dash as a key": ("p1", "-", "row 2, person: rows without a person"),
    "empty admission": ("10", "", "row 2, admission_day: is empty"),
    "admission is a date among numbers": ("10", "2026-01-10", "dates and day numbers stand side by side"),
    "admission is a date with slashes among numbers": ("10", "01/10/2026", "dates and day numbers stand side by side"),
    "admission is a time": ("10", "10:30", "row 2, admission_day"),
    "admission is text": ("10", MARK, "row 2, admission_day: must be a whole number"),
    "admission is negative": ("10", "-3", "row 2, admission_day: is a day before day 0; count from an earlier day"),
    "admission is a fraction": ("10", "10.5", "row 2, admission_day"),
    "admission is beyond any number": ("10", "9" * 40, "row 2, admission_day"),
    "admission is infinite": ("10", "inf", "row 2, admission_day"),
    "admission in other digits": ("10", "१०", "row 2, admission_day"),
    "admission with an exponent": ("10", "1e1", "row 2, admission_day"),
    "admission is in another century": ("10", "99998", "lies before admission_day"),
    "admission made of nines": ("10", "99999", "row 2, admission_day: is empty or not known"),
    "admission is a range": ("10", "10-14", "row 2, admission_day"),
    "admission is a percentage": ("10", "10%", "row 2, admission_day"),
    "discharge is a formula": ("14", f"={MARK}()", "row 2, discharge_day: must be"),
    "type is a sentence": ("planned", f"{MARK} went home", "row 2, discharge_type: must be one of planned"),
    "type is a number": ("planned", "31", "row 2, discharge_type: must be one of planned"),
    "discharge before admission": ("14", "9", "row 2, discharge_day: lies before admission_day"),
    "discharge is text": ("14", MARK, "row 2, discharge_day: must be"),
    "discharge is in another century": ("14", "99998", "is out of range"),
    "unknown type": ("planned", MARK, "row 2, discharge_type: must be one of planned"),
    "nearly a type": ("planned", "planed", 'did you mean "planned"?'),
    "a US code": ("planned", "07", 'did you mean "patient-initiated"?'),
    "nearly a known word": ("planned", "against medical advise", 'did you mean "patient-initiated"?'),
    "contacts are text": (",2,", f",{MARK},", "row 2, peer_contacts: must be"),
    "contacts are negative": (",2,", ",-1,", "row 2, peer_contacts"),
    "contacts are a fraction": (",2,", ",2.5,", "row 2, peer_contacts"),
    "contacts are too many": (",2,", ",1001,", "row 2, peer_contacts: is out of range"),
    "unknown housing": ("stable", MARK, "row 2, housing: must be one of stable"),
}


@pytest.mark.parametrize("name", BAD_TABLES)
def test_a_bad_table_is_refused(tmp_path, name):
    text, said = BAD_TABLES[name]
    with pytest.raises(InputError) as caught:
        read(write(tmp_path, text))
    assert said in str(caught.value)
    assert MARK not in str(caught.value)


@pytest.mark.parametrize("name", BAD_CELLS)
def test_a_bad_cell_is_refused_by_row_and_column(tmp_path, name):
    old, new, said = BAD_CELLS[name]
    with pytest.raises(InputError) as caught:
        read(write(tmp_path, rows(ROW.replace(old, new, 1))))
    assert said in str(caught.value)
    assert MARK not in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("10,", "03/11/2026,", '"99/99/9999"'),
        ("planned", "Zoë went home, at 3 pm (with her brother)", None),
        ("10,", "1234567890123,", '"9999999999999"'),
    ],
)
def test_what_a_bad_value_looks_like_is_said_and_not_the_value(tmp_path, old, new, said):
    with pytest.raises(InputError) as caught:
        read(write(tmp_path, rows(ROW.replace(old, new, 1))))
    assert said is None or f"; its form is {said}" in str(caught.value)
    assert not any(part in str(caught.value) for part in ("2026", "Zoë", "Zo", "brother", "1234"))


def test_nobody_comes_back_after_death(tmp_path):
    with pytest.raises(InputError, match="row 3, person: died in the stay of row 2"):
        read(write(tmp_path, rows(ROW.replace("planned", "died"), "p1,20,22,planned,0,a,stable")))


def test_other_people_may_overlap_and_rows_that_touch_are_one_stay(tmp_path):
    data = read(write(tmp_path, rows(ROW, "p2,12,13,died,,,", "p1,14,20,planned,,,unknown")))
    assert data.stays["length"].tolist() == [11, 2]
    assert data.last_day == 12 and not data.stated_end
    assert data.stays["peer_contacts"].tolist() == [2, -1]


def test_many_problems_are_counted_not_listed(tmp_path):
    text = rows(*[ROW.replace("planned", MARK)] * 50)
    with pytest.raises(InputError) as caught:
        read(write(tmp_path, text))
    lines = str(caught.value).splitlines()
    assert len(lines) == MESSAGES_SHOWN + 1
    assert lines[-1] == "... and 30 more"


@pytest.mark.parametrize(("path", "said"), [("nothing.csv", "no such file"), (".", "is not a file")])
def test_a_file_that_is_none(tmp_path, path, said):
    with pytest.raises(InputError, match=said):
        read(tmp_path / path)


STAFF = "post,role,start_day,end_day,hours_per_week\n"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("a,peer,10,5,38", "row 2, end_day: lies before start_day"),
        ("a,friend,10,,38", "row 2, role: must be one of peer"),
        ("a,peer,x,,38", "row 2, start_day"),
        ("a,peer,1,,0", "row 2, hours_per_week: is out of range"),
        (",peer,1,,38", "row 2, post: is empty"),
        ("a,,1,,38", "row 2, role: is empty"),
        ("a,peer,,,38", "row 2, start_day: is empty"),
        ("a,peer,2026-01-01,,38", "its days are dates and those of the stays are not"),
    ],
)
def test_a_bad_table_of_staff_is_refused(tmp_path, line, said):
    with pytest.raises(InputError, match=said):
        read(write(tmp_path, rows(ROW)), write(tmp_path, STAFF + line + "\n", "staff.csv"))


@pytest.fixture(scope="module")
def run():
    return simulate(load("bridge", ["population.size=1500"]), 3)


def test_the_template_is_what_the_reader_reads_and_agrees_with_the_run(tmp_path, run):
    write_template(tmp_path, run)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(NAMES)
    data = read(tmp_path / "discharges.csv", tmp_path / "staff.csv")
    assert len(data.staff) == run.config.programme.peers
    numbers = site_numbers(data)
    found = {target.prediction: target for target in site_targets(numbers, "bridge", "people_who_use_drugs")}
    assert set(found) >= {"patient_initiated_discharge", "length_of_stay_mean", "readmission_30d"}
    for name, target in found.items():
        assert abs(target.value - run.values[name]) < 4 * target.error.standard_error(target.value), name


def test_the_report_shows_no_small_count_and_none_that_follows_from_others(tmp_path):
    def shown(*ends, again=0):
        lines = [f"q{n},10,14,{end},0,a,stable" for n, end in enumerate(ends)]
        lines += [f"q{n},20,24,{ends[n]},0,a,stable" for n in range(again)]
        data = read(write(tmp_path, rows(*lines)))
        return {line.what: line.shown for line in quality(data)}, site_numbers(data).names

    rest = "discharge, still in hospital, or not known"
    found, numbers = shown(*["died"] * 3, *["planned"] * 37, *["patient-initiated"] * 20)
    assert found["discharge, died"] == "not shown"
    assert found["discharge, planned"] == "not shown"  # else the three could be computed from the total
    assert found["discharge, patient-initiated"] == "20" and "patient_initiated_discharge" in numbers
    assert found["discharge, administrative"] == found[rest] == "0"
    found, numbers = shown(*["planned"] * 3, *["patient-initiated"] * 57)
    assert found["discharge, planned"] == found["discharge, patient-initiated"] == "not shown"
    assert "patient_initiated_discharge" not in numbers
    found, numbers = shown(*["planned"] * 40, again=4)
    assert found["stays"] == "44" and found["people"] == "not shown"  # else four came back
    assert [count(n) for n in (0, 10, 11)] == ["0", "fewer than 11", "11"]


def test_numbers_that_rest_on_few_people_are_left_out(tmp_path):
    lines = [f"q{n},10,{14 + n % 3},{'patient-initiated' if n < 5 else 'planned'},0,a,stable" for n in range(60)]
    names = site_numbers(read(write(tmp_path, rows(*lines)))).names
    assert names == ("length_of_stay_mean", "length_of_stay_median_planned")


def test_a_horizon_is_left_out_if_few_came_back_since_the_last(tmp_path):
    def names(later):
        back = [3] * 20 + [20] * later + [60] * 20
        lines = [f"q{n},10,14,planned,0,a,stable" for n in range(200)]
        lines += [f"q{n},{14 + days},{16 + days},planned,0,a,stable" for n, days in enumerate(back)]
        lines.append("last,300,301,planned,0,a,stable")
        found = site_numbers(read(write(tmp_path, rows(*lines)))).names
        return {name for name in found if name.startswith("readmission")}

    assert names(20) == {"readmission_7d", "readmission_30d", "readmission_90d"}
    assert names(5) == {"readmission_7d", "readmission_90d"}  # else five would follow from the two shares


def test_errors_are_those_of_people_not_of_stays(tmp_path):
    def errors(people, each):
        end = ("planned", "patient-initiated", "patient-initiated")
        lines = [
            f"q{person},{100 * n},{100 * n + 3 + person % 4},{end[person % 3]},0,a,stable"
            for person in range(people)
            for n in range(each)
        ]
        numbers = site_numbers(read(write(tmp_path, rows(*lines))))
        return dict(zip(numbers.names, numbers.errors, strict=True)), numbers

    once, numbers = errors(120, 1)
    assert once["patient_initiated_discharge"] == pytest.approx((2 / 9 / 120) ** 0.5)
    often, _ = errors(120, 5)
    for name, error in once.items():
        if "median" in name:
            continue
        assert often[name] == pytest.approx(error), name  # the same people again say nothing new
    assert numbers.correlation.diagonal() == pytest.approx(1.0)


def call(*words):
    with pytest.raises(SystemExit) as ended:
        main([str(word) for word in words])
    return ended.value.code


def test_the_command_writes_a_template_that_can_be_read(tmp_path, capsys):
    assert call("data-template", "--out", tmp_path / "new", "--people", 500) == 0
    assert "discharges.csv, staff.csv and README.txt" in capsys.readouterr().out
    assert len(read(tmp_path / "new" / "discharges.csv").stays) > 50
    before = (tmp_path / "new" / "discharges.csv").read_bytes()
    assert call("data-template", "--out", tmp_path / "new") == 2
    assert "is there already" in capsys.readouterr().err
    assert (tmp_path / "new" / "discharges.csv").read_bytes() == before
    other = ("--out", tmp_path / "smi", "--people", 500, "--profile", "serious_mental_illness")
    assert call("data-template", *other) == 0
    assert (tmp_path / "smi" / "discharges.csv").read_bytes() != before


@pytest.mark.parametrize("option", [("--people", 3), ("--people", 10**9), ("--seed", -1)])
def test_the_command_refuses_what_it_cannot_do(tmp_path, capsys, option):
    assert call("data-template", "--out", tmp_path / "new", *option) == 2
    assert option[0] in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("without", [11, 10])
def test_a_table_without_its_days_of_discharge_is_refused(tmp_path, without):
    stays = [f"p{n},{n},{'' if n < without else n + 3},planned,1,a,stable" for n in range(100)]
    path = write(tmp_path, rows(*stays))
    if without > 10:
        with pytest.raises(InputError, match=f"discharge_day: is missing or impossible for {count(without)} of 100"):
            read(path)
    else:
        assert len(read(path).stays) == 100


@pytest.mark.parametrize("word", ["умер", "Παπάς", "患者"])
def test_words_of_any_script_are_words(tmp_path, word):
    assert plain(word) and not is_no_key(word)
    path = write(tmp_path, rows(*(f"p{n},{n},{n + 3},{word},1,a,stable" for n in range(20))))
    with pytest.raises(InputError, match="row 2, discharge_type"):
        read(path)
    named = write(tmp_path, rows(*(f"{word},{30 * n},{30 * n + 3},planned,1,a,stable" for n in range(5))))
    assert read(named).stays["person"].nunique() == 1
