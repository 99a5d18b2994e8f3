"""Tables as hospitals have them: each gives its right value, whatever way it is written."""

import gzip
import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xlsxwriter

from experiments.calibration.site.targets import site_numbers
from experiments.site_data.folder import read_folder, read_site, write_folder
from experiments.site_data.mapping import Mapping, parse, read_mapping, shipped_layouts, write_mapping
from experiments.site_data.records import read, readmitted
from experiments.support.errors import InputError

TABLES = Path(__file__).parent / "tables"
LAYOUTS = {
    "mimic-iv": "mimic_admissions.csv",
    "synthea": "synthea_encounters.csv",
    "uci-diabetes": "uci_diabetic_data.csv",
    "hes-apc": "hes_apc.txt",
    "german-p21": "fall_p21.csv",
    "lbz": "lbz.csv",
}


def rate(data, horizon):
    return readmitted(data.stays, data.last_day, horizon)


def csv_of(frame, path, **options):
    frame.to_csv(path, index=False, **options)
    return path


def clean(n=240, seed=0):
    """Stays of `n` people, of whom every third comes back after 3 to 60 days; one row a stay."""
    rows = []
    for k in range(n):
        start = (k * 7) % 300
        long = 2 + (k * 5 + seed) % 9
        end = "patient-initiated" if k % 4 == 0 else "planned"
        rows.append((f"k{k:04}", start, start + long, end))
        if k % 3 == 0:
            back = start + long + 3 + (k * 11) % 57
            rows.append((f"k{k:04}", back, back + 4, "planned"))
    return pd.DataFrame(rows, columns=["person", "admission_day", "discharge_day", "discharge_type"])


CLEAN = clean()


def same(data, clean_data, tolerance=1e-12):
    """Whether all numbers of a site are those of the clean table."""
    one, other = site_numbers(data), site_numbers(clean_data)
    assert one.names == other.names
    np.testing.assert_allclose(one.values, other.values, rtol=tolerance)


@pytest.fixture(scope="module")
def clean_data(tmp_path_factory):
    return read(csv_of(CLEAN, tmp_path_factory.mktemp("clean") / "clean.csv"))


def test_one_long_stay_changes_neither_returns_nor_the_number_of_posts():
    plain, long = (read(TABLES / f"01-admitted-in-window{more}.csv") for more in ("", "-one-long-stay"))
    assert plain.last_day == long.last_day == 139
    assert rate(plain, 90) == pytest.approx(0.5, abs=0.02)
    assert rate(long, 90) == pytest.approx(rate(plain, 90), abs=0.005)
    assert any("far longer than all others" in remark for remark in long.remarks)
    assert any("15 percentage points lower" in remark for remark in long.remarks)  # what the old assumption would give


@pytest.mark.parametrize("where", ["option", "column", "assumed"])
def test_follow_up_ends_where_it_is_said_to_end(tmp_path, where):
    """All who were admitted in the first half-year, of whom 20 % come back after 40 to 80 days."""
    whole = [(f"p{k}", k % 361, k % 361 + 3, "planned") for k in range(2_000)]
    whole += [(f"p{k}", k % 361 + 43 + k * 7 % 41, k % 361 + 50 + k * 7 % 41, "planned") for k in range(0, 2_000, 5)]
    table = pd.DataFrame(whole, columns=CLEAN.columns)
    full = read(csv_of(table, tmp_path / "full.csv"), extract_end="400")
    half = table[table["admission_day"] < 180]
    option = None
    if where == "column":
        half = half.assign(extract_day=180)
    if where == "option":
        option = "180"
    data = read(csv_of(half, tmp_path / "half.csv"), extract_end=option)
    assert data.stated_end == (where != "assumed")
    assert rate(full, 90) == pytest.approx(400 / 2_400, abs=0.02)  # nobody comes back after a second stay
    assert rate(data, 90) == pytest.approx(rate(full, 90), abs=0.02)
    if where == "assumed":
        assert any("assumed to end" in remark for remark in data.remarks)


def test_an_extract_day_long_after_the_last_admission_is_doubted(tmp_path):
    data = read(csv_of(CLEAN, tmp_path / "x.csv"), extract_end="900")
    assert any("after the last admission" in remark for remark in data.remarks)
    for wrong in ("soon", "2026-01-01"):
        with pytest.raises(InputError, match="--extract-end: must be a number of days"):
            read(tmp_path / "x.csv", extract_end=wrong)


def test_ward_moves_are_whole_stays():
    wards, whole = read(TABLES / "03-ward-episodes.csv"), read(TABLES / "03-whole-stays.csv")
    assert rate(wards, 7) == rate(whole, 7) == 0
    assert wards.stays.drop(columns="row").equals(whole.stays.drop(columns="row"))
    assert any("30; joined" in remark for remark in wards.remarks)
    apart = read(TABLES / "03-ward-episodes.csv", mapping=parse("[joining]\njoin = false", "x"))
    assert rate(apart, 7) > 0.3 and len(apart.stays) == 91


def in_parts(frame, how):
    """Cut each stay of four days or more into two rows."""
    rows = []
    for k, (person, start, end, kind) in enumerate(frame.itertuples(index=False)):
        if end - start < 4 or k % 2:
            rows.append((person, start, end, kind))
            continue
        middle = start + 2
        if how == "touching":
            rows += [(person, start, middle, kind), (person, middle, end, kind)]
        elif how == "overlapping":
            rows += [(person, start, middle + 1, kind), (person, middle, end, kind)]
        elif how == "whole stay and wards":
            rows += [(person, start, end, kind), (person, start, middle, "planned"), (person, middle, end, kind)]
        elif how == "later ward first":
            rows += [(person, middle, end, kind), (person, start, middle, "planned")]
        elif how == "continues":
            rows += [(person, start, middle, "ward transfer"), (person, middle, end, kind)]
        elif how == "transfer over night":
            rows += [(person, start, middle, "Transfer to other hospital"), (person, middle + 1, end, kind)]
        elif how == "five wards":
            rows += [(person, start + i, start + i + 1, "planned") for i in range(4)] + [(person, start + 4, end, kind)]
    return pd.DataFrame(rows, columns=frame.columns)


PARTS = (
    "touching",
    "overlapping",
    "whole stay and wards",
    "later ward first",
    "continues",
    "transfer over night",
    "five wards",
)


@pytest.mark.parametrize("how", PARTS)
def test_rows_of_one_stay_are_one_stay(tmp_path, clean_data, how):
    table = in_parts(CLEAN, how)
    assert len(table) > len(CLEAN)
    data = read(csv_of(table, tmp_path / "x.csv"))
    same(data, clean_data)
    assert any("joined" in remark for remark in data.remarks)


LABELS = {"ed_day": 15, "housing": "unstable", "unit": "A", "referral_day": 3, "first_contact_day": 4}


@pytest.mark.parametrize("told_by", ("first", "middle", "last", "all"))
@pytest.mark.parametrize("name", LABELS)
def test_what_any_row_of_a_stay_knows_is_known_of_the_stay(tmp_path, name, told_by):
    rows = [("p", 0, 2, "planned"), ("p", 2, 6, "planned"), ("p", 6, 10, "planned")]
    table = pd.DataFrame(rows, columns=CLEAN.columns)
    at = {"first": [0], "middle": [1], "last": [2], "all": [0, 1, 2]}[told_by]
    table[name] = [LABELS[name] if k in at else "" for k in range(3)]
    others = pd.DataFrame([(f"q{k}", 20 * k, 20 * k + 3, "planned", "") for k in range(30)], columns=table.columns)
    data = read(csv_of(pd.concat([table, others]), tmp_path / "x.csv"))
    stay = data.stays[data.stays["discharge_day"] == 10].iloc[0]
    assert (stay["admission_day"], stay[name]) == (0, "unit 1" if name == "unit" else LABELS[name])


def test_a_visit_between_two_rows_of_a_stay_is_no_return_from_it(tmp_path):
    rows = [("p", 0, 2, "planned", 2), ("p", 2, 6, "planned", 9)]
    rows += [(f"q{k}", 20 * k, 20 * k + 3, "planned", "") for k in range(30)]
    stays = read(csv_of(pd.DataFrame(rows, columns=[*CLEAN.columns, "ed_day"]), tmp_path / "x.csv")).stays
    assert stays.loc[stays["discharge_day"] == 6, "ed_day"].tolist() == [9]


def test_a_transfer_is_that_of_the_row_that_reaches_furthest(tmp_path):
    rows = [("p", 0, 10, "Transfer to other hospital"), ("p", 2, 4, "planned"), ("p", 11, 14, "planned")]
    rows += [("r", 0, 10, "planned"), ("r", 2, 4, "Transfer to other hospital"), ("r", 11, 14, "planned")]
    data = read(csv_of(pd.DataFrame(rows, columns=CLEAN.columns), tmp_path / "x.csv"))
    days = data.stays.groupby("person")[["admission_day", "discharge_day"]].agg(list)
    assert days.to_numpy().tolist() == [[[0], [14]], [[0, 11], [10, 14]]]


def test_a_large_table_may_have_fewer_rows_without_a_person_than_a_small_one(tmp_path):
    def rows(people):
        return [(f"p{k}", day, day + 2, "planned") for k in range(people) for day in (k % 50, k % 50 + 10)]

    def with_gaps(people):
        table = pd.DataFrame(rows(people), columns=CLEAN.columns)
        table.loc[np.arange(len(table)) % 100 == 0, "person"] = "NULL"
        return csv_of(table, tmp_path / f"{people}.csv")

    assert len(read(with_gaps(500)).stays) == 990
    with pytest.raises(InputError, match="row 2, person: .* 80 of 8,000, more than 0.6 %"):
        read(with_gaps(4000))


def test_gaps_of_hours_are_joined_up_to_the_stated_rule(tmp_path):
    rows = []
    for k in range(60):
        day = pd.Timestamp("2025-01-01") + pd.Timedelta(days=k)
        gap = pd.Timedelta(hours=(1, 8, 20)[k % 3])
        middle, end = day + pd.Timedelta(hours=30), day + pd.Timedelta(hours=70)
        rows += [(f"p{k}", day, middle, "planned"), (f"p{k}", middle + gap, end, "planned")]
    path = csv_of(pd.DataFrame(rows, columns=CLEAN.columns), tmp_path / "x.csv")
    stays = {
        hours: len(read(path, mapping=parse(f"[joining]\ngap_hours = {hours}", "x")).stays) for hours in (0, 2, 12, 24)
    }
    assert stays == {0: 120, 2: 100, 12: 80, 24: 60}


def test_moves_that_begin_on_the_next_day_are_pointed_out(tmp_path):
    rows = [(f"p{k}", 3 * k, 3 * k + 4, "planned") for k in range(100)]
    rows += [(f"p{k}", 3 * k + 5, 3 * k + 9, "planned") for k in range(0, 100, 2)]
    data = read(csv_of(pd.DataFrame(rows, columns=CLEAN.columns), tmp_path / "x.csv"))
    assert any("gap_hours = 24" in remark for remark in data.remarks)


def test_day_stays_that_were_exported_twice_are_counted_once():
    data = read(TABLES / "04-day-stays-exported-twice.csv")
    assert len(data.stays) == 81 and rate(data, 7) == 0
    assert any("Copies of another row: 20" in remark for remark in data.remarks)


@pytest.mark.parametrize(
    "kind", ["some", "all", "three times", "in another order", "with a number of its own", "appended"]
)
def test_copies_change_nothing(tmp_path, clean_data, kind):
    more = {
        "some": [CLEAN, CLEAN.iloc[::4]], "all": [CLEAN, CLEAN], "three times": [CLEAN, CLEAN, CLEAN],
        "in another order": [CLEAN.iloc[::-1], CLEAN], "appended": [CLEAN, CLEAN.tail(50)],
        "with a number of its own": [CLEAN, CLEAN.head(90)],
    }[kind]  # fmt: skip
    table = pd.concat(more)
    if kind == "with a number of its own":
        table = table.assign(export_id=range(len(table)))
    data = read(csv_of(table, tmp_path / "x.csv"))
    same(data, clean_data)
    assert any("Copies of another row" in remark for remark in data.remarks)


NOBODY = [
    "NULL",
    "NA",
    "N/A",
    "None",
    "nan",
    "unknown",
    "",
    "0",
    "0000",
    "-",
    "?",
    "#N/A",
    "<NA>",
    "unbekannt",
    "99999",
]


@pytest.mark.parametrize("word", NOBODY)
def test_a_word_for_nobody_is_no_person(tmp_path, word):
    """Few such rows are set aside and counted; many are refused, because each hides a return."""
    big = pd.concat([clean().assign(person=lambda t, i=i: t["person"] + f"-{i}") for i in range(4)])
    few = pd.DataFrame([(word, n, n + 12, "planned") for n in range(0, 120, 6)], columns=CLEAN.columns)
    data = read(csv_of(pd.concat([few, big]), tmp_path / "x.csv"))
    assert any("set aside; returns to and from them are not counted" in remark for remark in data.remarks)
    same(data, read(csv_of(big, tmp_path / "clean.csv")), 0.02)
    with pytest.raises(InputError, match="each hides a return"):
        read(csv_of(pd.concat([few, CLEAN.head(100)]), tmp_path / "many.csv"))


def test_the_number_0_or_1_is_a_person_if_its_rows_say_so(tmp_path, clean_data):
    table = CLEAN.assign(person=lambda t: t["person"].factorize()[0] + 1)
    same(read(csv_of(table, tmp_path / "x.csv")), clean_data)


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("discharge_day", "9999", "made of nines"),
        ("discharge_day", "99999", "made of nines"),
        ("discharge_day", "9999.0", "made of nines"),
        ("admission_day", "9999", "made of nines"),
        ("admission_day", "NULL", "without a day of admission"),
        ("discharge_day", "1", "discharge lies before"),
        ("discharge_day", "2400", "far longer than all others"),
    ],
)
def test_one_odd_cell_does_not_change_the_world(tmp_path, column, value, said):
    table = pd.concat([clean().assign(person=lambda t, i=i: t["person"] + f"-{i}") for i in range(2)]).astype(str)
    path = csv_of(table, tmp_path / "clean.csv")
    spoilt = table.reset_index(drop=True)
    spoilt.loc[41, column] = value
    data = read(csv_of(spoilt, tmp_path / "x.csv"))
    assert any(said in remark for remark in data.remarks)
    ours, right = site_numbers(data), site_numbers(read(path))
    assert ours.names == right.names
    # One stay of 366 days or more, the most that counts, moves a mean of 640; that is said, and nothing else moves.
    rest = [k for k, name in enumerate(right.names) if name != "length_of_stay_mean" or value != "2400"]
    np.testing.assert_allclose(ours.values[rest], right.values[rest], rtol=0.02)


def test_contacts_of_999_are_not_known_and_one_contact_is_no_programme(tmp_path):
    from experiments.calibration.site.scenario import site_config

    table = CLEAN.assign(peer_contacts=0)
    table.loc[5, "peer_contacts"] = 999
    data = read(csv_of(table, tmp_path / "x.csv"))
    assert data.stays["peer_contacts"].max() == 0
    assert any("peer_contacts made of nines" in remark for remark in data.remarks)
    table.loc[5, "peer_contacts"] = 1
    data = read(csv_of(table, tmp_path / "x.csv"))
    assert site_config(data, None, "people_who_use_drugs").name == "usual-care"


def test_people_still_in_hospital_are_kept_as_censored(tmp_path):
    data = read(TABLES / "12-still-in-hospital.csv")
    assert data.stays["still_in"].tolist() == [False, True]
    table = CLEAN.astype(str)
    for n, cell in enumerate(["", "NULL", "31/12/9999", "nan", "  "]):
        some = table.copy()
        if "/" in cell:
            for name in ("admission_day", "discharge_day"):
                some[name] = (pd.Timestamp("2025-01-01") + pd.to_timedelta(CLEAN[name], "D")).dt.strftime("%d/%m/%Y")
        open_ = some["person"].map(some["person"].value_counts()).eq(1) & (CLEAN["admission_day"] > 280)
        some.loc[open_, ["discharge_day", "discharge_type"]] = [cell, ""]
        data = read(csv_of(some, tmp_path / f"{n}.csv"))
        assert int(data.stays["still_in"].sum()) == int(open_.sum()) > 3
        assert len(data.stays) == len(CLEAN)


@pytest.mark.parametrize("name", ["06-semicolons.csv", "07-floats.csv", "08-unit-with-umlaut.csv"])
def test_small_differences_of_form_are_read(name):
    data = read(TABLES / name)
    assert data.stays["length"].tolist() == [4] and data.stays["discharge_type"].tolist() == ["planned"]


def test_a_full_week_may_have_half_hours(tmp_path):
    stays = csv_of(CLEAN, tmp_path / "x.csv")
    assert read(stays, TABLES / "10-hours-37.5.csv").staff["hours_per_week"].tolist() == [37.5]
    for n, text in enumerate(["37,5", "37.50", "37"]):
        staff = tmp_path / f"{n}.csv"
        staff.write_text(f"Post;Role;Start date;End date;Hours per week\na;Peer support worker;0;9999;{text}\n")
        found = read(stays, staff).staff
        assert found["hours_per_week"].iloc[0] == float(text.replace(",", "."))
        assert found["role"].tolist() == ["peer"] and found["end_day"].tolist() == [-1]


def written(frame, path, kind):
    """The same table in another kind of file."""
    text = io.StringIO()
    frame.to_csv(text, index=False, sep={"semicolon": ";", "tab": "\t", "bar": "|", "sep": ";"}.get(kind, ","))
    text = text.getvalue()
    if kind == "excel":
        book = xlsxwriter.Workbook(path)
        sheet = book.add_worksheet("Stays")
        sheet.write_row(0, 0, list(frame.columns))
        for n, row in enumerate(frame.itertuples(index=False), start=1):
            sheet.write_row(n, 0, [int(cell) if str(cell).isdigit() else cell for cell in row])
        book.close()
    elif kind == "parquet":
        frame.convert_dtypes().to_parquet(path)
    elif kind == "gzip":
        path.write_bytes(gzip.compress(text.encode()))
    elif kind == "sep":
        path.write_bytes(f"sep=;\r\n{text}".encode())
    elif kind == "title above":
        path.write_text(f"Extract of the ward\n\n{text}")
    elif kind == "empty last column":
        path.write_text("\n".join(line + "," for line in text.splitlines()))
    elif kind == "separator after each row":
        head, *rest = text.splitlines()
        path.write_text("\n".join([head, *(line + "," for line in rest)]))
    elif kind == "carriage returns":
        path.write_bytes(text.replace("\n", "\r").encode())
    elif kind == "empty rows":
        path.write_text(text.replace("\n", "\n,,,\n\n"))
    elif kind == "quoted":
        frame.to_csv(path, index=False, quoting=1)
    else:
        path.write_bytes(
            text.encode(kind if kind in ("utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252") else "utf-8")
        )
    return path


KINDS = (
    "semicolon", "tab", "bar", "sep", "excel", "parquet", "gzip", "title above", "empty last column",
    "separator after each row", "carriage returns", "empty rows", "quoted", "utf-8-sig", "utf-16", "utf-16-le",
    "utf-32", "cp1252",
)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_table_in_any_file_is_the_same_stays(tmp_path, clean_data, kind):
    frame = CLEAN.assign(person=CLEAN["person"] + "ü") if kind == "cp1252" else CLEAN
    same(read(written(frame, tmp_path / "table", kind)), clean_data)


@pytest.mark.parametrize(
    "form",
    ["%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%SZ", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y %H:%M",
     "%Y%m%d", "%Y%m%d%H%M", "%d-%b-%Y", "%d%b%Y", "%m/%d/%Y %I:%M %p", "%d/%m/%y", "%Y/%m/%d", "days", "floats",
     "comma"],
)  # fmt: skip
def test_the_same_days_in_any_form_are_the_same_stays(tmp_path, clean_data, form):
    table = CLEAN.copy()
    for name in ("admission_day", "discharge_day"):
        if form == "floats":
            table[name] = table[name].map(lambda day: f"{day}.0")
        elif form == "comma":
            table[name] = table[name].map(lambda day: f"{day},0")
        elif form != "days":
            table[name] = (pd.Timestamp("2023-03-05") + pd.to_timedelta(table[name], "D")).dt.strftime(form)
    data = read(csv_of(table, tmp_path / "x.csv"))
    same(data, clean_data)
    assert data.stays["admission_day"].min() == 0


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("AMA", "patient-initiated"), ("LAMA", "patient-initiated"), ("AGAINST ADVICE", "patient-initiated"),
        ("Discharge against medical advice", "patient-initiated"), ("self-discharge", "patient-initiated"),
        ("gegen ärztlichen Rat", "patient-initiated"), ("Expired", "died"), ("DECEASED", "died"), ("Überleden", None),
        ("Home", "planned"), ("patient_initiated", "patient-initiated"),
    ],
)  # fmt: skip
def test_words_of_hospitals_are_known(tmp_path, word, code):
    table = CLEAN.copy()
    table.loc[1, "discharge_type"] = word
    path = csv_of(table, tmp_path / "x.csv")
    if code is None:
        with pytest.raises(InputError, match='did you mean "died"'):
            read(path)
        return
    found = read(path).stays.set_index("row")["discharge_type"]
    assert found[3] == code


def test_headers_of_hospitals_are_known(tmp_path, clean_data):
    for names in (
        ["Patient ID", "Admission Date", "Discharge Date", "Discharge Status"],
        ["MRN", "admit_date", "disch_date", "disposition"],
        ["Patientennummer", "Aufnahmedatum", "Entlassungsdatum", "Entlassungsgrund"],
        ["persons", "admision_day", "discharge-day", "DischargeType"],
    ):
        same(read(csv_of(CLEAN.set_axis(names, axis=1), tmp_path / "x.csv")), clean_data)


LENGTHS = [4, 2, 29, 2, 2, 2, 3, 16, 2, 2, 12, 27]
"""Days in hospital of the twelve stays that every layout holds, first and last day counted."""


@pytest.mark.parametrize("given", [True, False])
@pytest.mark.parametrize("name", LAYOUTS)
def test_a_public_layout_is_read_with_its_mapping_and_without(name, given):
    data = read(TABLES / LAYOUTS[name], mapping=read_mapping(name) if given else None)
    report = data.reports[0]
    assert report.found["layout"] == read_mapping(name).layout
    expected = LENGTHS
    if name == "uci-diabetes":
        expected = [min(days, 15) for days in LENGTHS]
        assert data.stays["ended"].tolist() == [days < 15 for days in LENGTHS]
    if name == "hes-apc":
        expected = LENGTHS[:-2]
    assert data.stays["length"].tolist() == expected
    kinds = set(data.stays["discharge_type"])
    assert kinds == {"mimic-iv": {"planned", ""}, "synthea": {""}}.get(name, {"planned"})
    assert data.types_known == (name != "synthea")


def bundle(frame):
    first = pd.Timestamp("2025-03-01")
    codes = {"planned": "home", "patient-initiated": "aadvice", "died": "exp"}
    resources = [
        {
            "resourceType": "Encounter", "status": "finished", "class": {"code": "IMP"},
            "subject": {"reference": f"Patient/{row.person}"},
            "period": {"start": f"{first + pd.Timedelta(days=row.admission_day):%Y-%m-%dT12:00:00+02:00}",
                       "end": f"{first + pd.Timedelta(days=row.discharge_day):%Y-%m-%dT11:00:00+02:00}"},
            "hospitalization": {"dischargeDisposition": {"coding": [{"code": codes[row.discharge_type]}]}},
        }
        for row in frame.itertuples()
    ]  # fmt: skip
    more = [{"resourceType": "Patient", "id": "x"}, resources[0] | {"class": {"code": "AMB"}}]
    return resources + more


@pytest.mark.parametrize("kind", ["bundle", "lines", "list", "one still in"])
def test_fhir_encounters_are_read(tmp_path, clean_data, kind):
    found = bundle(CLEAN)
    path = tmp_path / "encounters.json"
    if kind == "lines":
        path.write_text("\n".join(json.dumps(one) for one in found))
    elif kind == "list":
        path.write_text(json.dumps(found))
    else:
        if kind == "one still in":
            late = max(range(len(CLEAN)), key=lambda k: CLEAN["admission_day"][k])
            found[late] = {**found[late], "status": "in-progress", "hospitalization": {}}
            found[late]["period"] = {"start": found[late]["period"]["start"]}
        path.write_text(json.dumps({"resourceType": "Bundle", "entry": [{"resource": one} for one in found]}))
    data = read(path)
    assert data.reports[0].found["layout"] == "FHIR Encounter"
    if kind == "one still in":
        assert data.stays["still_in"].sum() == 1
    else:
        same(data, clean_data)


def test_omop_visits_are_read(tmp_path, clean_data):
    first = pd.Timestamp("2025-03-01")
    table = pd.DataFrame({
        "visit_occurrence_id": range(len(CLEAN)), "person_id": CLEAN["person"].str[1:].astype(int) + 1,
        "visit_concept_id": 9201, "care_site_id": 3,
        "visit_start_date": first + pd.to_timedelta(CLEAN["admission_day"], "D"),
        "visit_end_date": first + pd.to_timedelta(CLEAN["discharge_day"], "D"),
        "discharged_to_concept_id": CLEAN["discharge_type"].map({"planned": 8536, "patient-initiated": 4021968}),
    })  # fmt: skip
    outpatient = table.head(50).assign(visit_concept_id=9202)
    data = read(csv_of(pd.concat([table, outpatient]), tmp_path / "visit_occurrence.csv"))
    same(data, clean_data)
    table.astype({"visit_start_date": "datetime64[us]"}).to_parquet(tmp_path / "visits.parquet")
    same(read(tmp_path / "visits.parquet"), clean_data)


def test_every_shipped_mapping_is_one_and_can_be_written_and_read_again():
    assert len(shipped_layouts()) == 8
    for name in shipped_layouts():
        mapping = read_mapping(name)
        assert parse(write_mapping(mapping), name) == mapping


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("layout = 3", "layout"),
        ("[columns]\npersn = 'x'", "columns.persn is no field"),
        ("[codes.discharge_type]\nhome = ['x']", "codes.discharge_type.home: must be one of planned"),
        ("[joining]\ngap_hours = -1", "joining.gap_hours"),
        ("[joining]\ngap = 3", "joining.gap"),
        ("[joining", "is not TOML"),
    ],
)
def test_a_mapping_that_is_none_is_refused(text, said):
    with pytest.raises(InputError, match="--mapping mine.toml: ") as caught:
        parse(text, "mine.toml")
    assert said in str(caught.value)


@pytest.mark.parametrize("digits", ("１２", "٤", "१०"))
@pytest.mark.parametrize("column", ("admission_day", "peer_contacts"))
def test_digits_of_other_scripts_are_said_to_be_others(tmp_path, digits, column):
    table = CLEAN.assign(peer_contacts=1).astype(str)
    table.loc[3:9, column] = digits
    with pytest.raises(InputError, match=r'row 5, .*its form is "\?+", with digits other than 0 to 9'):
        read(csv_of(table, tmp_path / "x.csv"))


def test_codes_of_the_mapping_are_used(tmp_path, clean_data):
    table = CLEAN.assign(discharge_type=CLEAN["discharge_type"].map({"planned": "Q1", "patient-initiated": "Q2"}))
    path = csv_of(table, tmp_path / "x.csv")
    with pytest.raises(InputError, match=r'its form is "a9"'):
        read(path)
    text = '[codes.discharge_type]\nplanned = ["Q1"]\npatient-initiated = ["q2"]'
    same(read(path, mapping=parse(text, "x")), clean_data)


@pytest.mark.parametrize("name", [*LAYOUTS, "clean", "still in", "staff"])
def test_an_imported_folder_says_what_its_table_says_and_keeps_neither_dates_nor_keys(tmp_path, name):
    staff = None
    if name in LAYOUTS:
        path = TABLES / LAYOUTS[name]
    elif name == "still in":
        path = TABLES / "12-still-in-hospital.csv"
    else:
        table = CLEAN.assign(unit=[f"ward {n % 3}" for n in range(len(CLEAN))], peer_contacts=2, housing="nfa")
        table["admission_day"] += 1_000
        table["discharge_day"] += 1_000
        path = csv_of(table, tmp_path / "x.csv")
    if name == "staff":
        staff = tmp_path / "staff.csv"
        staff.write_text("post,role,start_day,end_day,hours_per_week\na,peer,900,1100,38\nb,peer,1010,,\n")
    data = read(path, staff)
    write_folder(tmp_path / "out", data)
    again = read_site(tmp_path / "out")
    columns = ["length", "ended", "discharge_type", "still_in", "peer_contacts", "housing", "returned_30d"]
    order = ["admission_day", *columns] if data.dated else columns
    one, other = (d.stays.assign(admission_day=d.stays["admission_day"] - d.first_day) for d in (data, again))
    pd.testing.assert_frame_equal(
        one.sort_values(order)[order].reset_index(drop=True), other.sort_values(order)[order].reset_index(drop=True)
    )
    ours, theirs = site_numbers(data), site_numbers(again)
    assert ours.names == theirs.names
    np.testing.assert_allclose(ours.values, theirs.values)
    assert again.remarks == data.remarks and again.stated_end == data.stated_end
    if staff is not None:
        assert again.staff["hours_per_week"].tolist() == data.staff["hours_per_week"].tolist()
    kept = "".join(file.read_text() for file in (tmp_path / "out").iterdir() if file.name != "mapping.toml")
    assert "2023" not in kept and "1000" not in kept and "k00" not in kept and "ward" not in kept.replace("onward", "")
    assert (tmp_path / "out" / "discharges.csv").stat().st_mode & 0o077 == 0


def test_a_folder_that_was_not_imported_is_refused(tmp_path):
    with pytest.raises(InputError, match="is no imported folder"):
        read_folder(tmp_path)
    with pytest.raises(InputError, match="--extract-end goes with a table"):
        read_site(tmp_path, extract_end="3")


def test_a_mapping_is_what_the_reader_used():
    used = read(TABLES / "lbz.csv").mapping
    assert used.columns["person"] == "Patiëntnummer" and used.dates.format == "day-first"
    assert Mapping() == parse("", "empty")
