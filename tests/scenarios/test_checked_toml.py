"""A file against its format: the first key that is wrong, its line, what it must be, and the nearest right one."""

from pathlib import Path

import pytest

from scenarios.checked_toml import CheckedFile, Format, Table, key, keys, must, nearest_word, short
from scenarios.toml_files import ScenarioError, read_toml


class Size(Table):
    number: int = key(4, "a whole number from 1 to 9", "How many.", ge=1, le=9)
    kind: str = key("round", 'one of "round", "square"', "Which shape.", pattern="^(round|square)$")


class Band(Table):
    share: float = key(..., "a number from 0 to 1", "How much of it.", ge=0, le=1)


class Top(Table):
    title: str = key(..., "text in quotes", "What it is.")
    size: Size = key(Size(), "a table, [size]", "")
    bands: dict[str, Band] = key({}, "tables, [bands.NAME]", "")


FORMAT = Format("a parcel file", Top, {"size": Size}, {"bands": Band}, described=("title",))


def read(folder: Path, text: str) -> CheckedFile[Top]:
    (folder / "parcel.toml").write_text(text, encoding="utf-8")
    return CheckedFile(read_toml(folder / "parcel.toml", "parcel.toml", "parcel"), FORMAT, "a parcel needs a title")


def test_a_file_as_it_must_be(tmp_path: Path) -> None:
    file = read(tmp_path, 'title = "A"\n[size]\nnumber = 3\n[bands.red]\nshare = 0.5\n')
    assert file.table == Top(title="A", size=Size(number=3), bands={"red": Band(share=0.5)})
    assert file.line(("size", "number")) == 3 and file.line(("bands", "red", "share")) == 5
    assert file.line(("size", "kind")) == 2 and file.line(("nothing",)) == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "parcel.toml: is empty; a parcel needs a title"),
        ("[size]\nnumber = 3\n", "parcel.toml: title: is missing; it must be text in quotes"),
        ('title = "A"\n[size]\nnumber = 12\n', "line 3: size.number: must be a whole number from 1 to 9; got 12"),
        ('title = "A"\n[size]\nkind = "squar"\n', '"square" (did you mean "square"?); got text "squar"'),
        ('title = "A"\n[size]\nnumbr = 3\n', "line 3: size.numbr: is not a key of a parcel file; did you mean size.n"),
        ('title = "A"\n[size]\nshare = 3\n', "is not a key of a parcel file; did you mean bands.NAME.share?"),
        ('title = "A"\n[size]\ntitle = 3\n', "did you mean title, at the top of the file?"),
        ('title = "A"\n[size]\nzzz = 3\n', "[size] takes number, kind"),
        ('title = "A"\nbands = { red = 3 }\n', "line 2: bands.red: must be a table, [bands.red]; got 3"),
        ('title = "A"\n[bands.red]\nshare = 2\n', "line 3: bands.red.share: must be a number from 0 to 1; got 2"),
        ('title = 3\n[size]\nnumber = 12\n', 'line 1: title: must be text in quotes; got 3 (and 1 more)'),
        ('title = "A\\u0007"\n', "title: must have at most 4,000 characters and no control characters"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_one_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ScenarioError) as error:
        read(tmp_path, text)
    assert message in str(error.value) and "\n" not in str(error.value)


def test_a_key_with_dots_stands_where_its_parts_do(tmp_path: Path) -> None:
    file = read(tmp_path, 'title = "A"\n')
    file.file.lines[("levers", "run", "days")] = 7
    assert file.line(("levers", "run.days")) == 7


def test_words_and_keys() -> None:
    assert list(keys(Size)) == ["number", "kind"] and must(keys(Size)["number"]) == "a whole number from 1 to 9"
    assert nearest_word("Sqare", must(keys(Size)["kind"])) == ' (did you mean "square"?)'
    assert not nearest_word("blue", must(keys(Size)["kind"])) and not nearest_word(3, '"three"')
    assert short("x" * 100) == "x" * 80 + "..." and short("x") == "x"
