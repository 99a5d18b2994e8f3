"""Tables for notebooks: text is text, and rows that are left out are said."""

from experiments.reporting.notebook import MOST_ROWS, table_html


def test_text_is_escaped() -> None:
    html = table_html("5 < 6", ["<b>"], [["<script>"]], "all()")
    assert "<script>" not in html and "&lt;script&gt;" in html and "<p>5 &lt; 6</p>" in html and "&lt;b&gt;" in html


def test_a_long_table_says_where_the_rest_is() -> None:
    rows = [[str(n)] for n in range(MOST_ROWS + 3)]
    html = table_html("Rows.", ["n"], rows, "result.rows()")
    assert html.count("<tr>") == MOST_ROWS and "3 more rows: result.rows() has all." in html
    assert "more rows" not in table_html("Rows.", ["n"], rows[:MOST_ROWS], "result.rows()")
