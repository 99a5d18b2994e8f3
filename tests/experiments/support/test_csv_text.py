"""CSV text: exact numbers, empty cells for what is not defined, and harmless text."""

import csv
import io
import math

import numpy as np
import pytest

from experiments.support.csv_text import csv_text


def rows_of(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def test_numbers_come_back_exactly_and_what_is_not_defined_is_empty() -> None:
    values = [0.1 + 0.2, -1e-300, np.float64(1) / 3, math.nan, None, 12, True]
    head, row = rows_of(csv_text([f"c{i}" for i in range(7)], [values]))
    assert head == ["c0", "c1", "c2", "c3", "c4", "c5", "c6"]
    assert [float(x) for x in row[:3]] == values[:3]
    assert row[3:] == ["", "", "12", "True"]


@pytest.mark.parametrize("text", ['=HYPERLINK("x")', "+1", "-2+3", "@SUM(A1)", "\tx"])
def test_text_that_a_spreadsheet_would_run_is_shown(text: str) -> None:
    assert rows_of(csv_text([text], [[text]])) == [[f"'{text}"], [f"'{text}"]]


def test_commas_quotes_and_lines_stay_in_their_cell() -> None:
    assert rows_of(csv_text(["x"], [["\rx"], ["a\r\nb"]])) == [["x"], ["'\nx"], ["a\nb"]]
    text = 'a, "b"\nc'
    assert rows_of(csv_text(["x", "y"], [[text, -1.5]])) == [["x", "y"], [text, "-1.5"]]
