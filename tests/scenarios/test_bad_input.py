"""Every invalid scenario ends in one clear line that names the file, and where there is one the line and the field."""

import os
import re
import time
import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios import ScenarioError, check, load, names, read_file
from scenarios.loader import LIBRARY
from scenarios.toml_files import LARGEST_FILE

DEEP = 4_500

# id: (content of the file, line to be named or None, words the message must have)
INVALID = {
    "empty": ("", None, ["is empty"]),
    "only blank lines": ("\n\n  \n", None, ["is empty"]),
    "only a comment": ("# nothing yet\n", None, ["is empty"]),
    "only the schema": ("schema = 1\n", None, ["is empty"]),
    "not toml": ("peers: 6\n", 1, ["not valid TOML"]),
    "json": ('{"programme": {"peers": 6}}', 1, ["not valid TOML"]),
    "unclosed string": ('name = "x\n', 1, ["not valid TOML"]),
    "unclosed list": ("sources = [\n'a',\n", 2, ["not valid TOML"]),
    "unclosed table": ("name = 'x'\n[programme\npeers = 1\n", 2, ["not valid TOML"]),
    "no value": ("[programme]\npeers =\n", 2, ["not valid TOML"]),
    "quote not closed": ("extends = \"bridge\n", 1, ["extends: is not valid TOML: a text is not closed"]),
    "comma in a number": ("[programme]\nautonomy = 0,5\n", 2, ["autonomy: is not valid TOML", "decimals have a point"]),
    "value without quotes": ("[programme]\ndoor = both\n", 2, ["door: is not valid TOML", "needs quotes"]),
    "number with comma": ("[programme]\nautonomy = 0,5\n", 2, ["not valid TOML"]),
    "python boolean": ("[programme]\nchampion = True\n", 2, ["not valid TOML"]),
    "impossible date": ("name = 2024-13-45\n", 1, ["TOML"]),
    "key twice": ("[programme]\npeers = 1\npeers = 2\n", 3, ["peers is set twice"]),
    "key twice at the end": ("[programme]\npeers = 1\npeers = 2", 3, ["peers is set twice"]),
    "table twice": ("[programme]\npeers = 1\n[run]\n[programme]\n", 4, ["[programme]", "already"]),
    "inline key twice": ("programme = { peers = 1, peers = 2 }\n", 1, ["peers is set twice"]),
    "parameter twice": ('[parameters]\n"population.injecting" = 0.2\npopulation.injecting = 0.3\n', 3, ["set twice"]),
    "unknown table": ("name = 'x'\n\n[programe]\npeers = 1\n", 3, ["programe", "did you mean programme?"]),
    "unknown table, nothing alike": ("[zzz]\nq = 1\n", 1, ["zzz", "programme, population"]),
    "unknown key": ("[programme]\npeer = 1\n", 2, ["programme.peer", "did you mean programme.peers?"]),
    "key in the wrong table": ("[hospital]\npeers = 1\n", 2, ["did you mean programme.peers?"]),
    "key without its table": ("follow_up_days = 1\n", 1, ["did you mean programme.follow_up_days?"]),
    "unknown key, nothing alike": ("[run]\nzzzz = 1\n", 2, ["run.zzzz", "reference/scenarios.md"]),
    "unknown key, dotted": ("\nprogramme.pears = 1\n", 2, ["did you mean programme.peers?"]),
    "unknown key, inline": ("programme = { peers = 1, capacity = 3 }\n", 1, ["programme.capacity"]),
    "unknown key after a long text": ('title = """\na\nb"""\n[run]\ndayz = 3\n', 5, ["did you mean run.days?"]),
    "unknown mechanism": ("[mechanisms]\nbridge = false\n", 2, ["did you mean mechanisms.bridging?"]),
    "unknown parameter": ('[parameters]\n"population.injectin" = 0.1\n', 2, ["population.injecting"]),
    "unknown profile": ("[population]\nprofile = 'smi'\n", 2, ["serious_mental_illness"]),
    "profile with a typo": ("[population]\nprofile = 'serious_mental_ilness'\n", 2, ['did you mean "serious_mental_i']),
    "unknown door": ("[programme]\ndoor = 'window'\n", 2, ['"clinician", "proactive" or "both"', '"window"']),
    "text for a number": ("[programme]\npeers = 'six'\n", 2, ["whole number", "posts", 'text "six"']),
    "number as text": ("[programme]\npeers = '6'\n", 2, ["whole number", 'text "6"']),
    "fraction for a count": ("[programme]\npeers = 6.0\n", 2, ["whole number", "6.0"]),
    "boolean for a count": ("[programme]\npeers = true\n", 2, ["whole number", "got true"]),
    "boolean for a share": ("[programme]\nautonomy = false\n", 2, ["from 0 (must report use) to 1", "got false"]),
    "number for a switch": ("[mechanisms]\nbeds = 1\n", 2, ["true or false", "got 1"]),
    "text for a switch": ("[mechanisms]\nbeds = 'off'\n", 2, ["true or false", '"off"']),
    "list for a number": ("[run]\ndays = [1, 2]\n", 2, ["whole number", "got a list"]),
    "table for a number": ("[run.days]\nn = 1\n", 1, ["whole number", "got a table"]),
    "date for a number": ("[run]\ndays = 2024-01-01\n", 2, ["got a date or time"]),
    "number for a table": ("run = 365\n", 1, ["a table, [run]", "got 365"]),
    "list of tables for a table": ("[[programme]]\npeers = 1\n", 1, ["a table, [programme]", "got a list"]),
    "text for the parameters": ("parameters = 'many'\n", 1, ["a table, [parameters]"]),
    "text for a parameter": ("[parameters]\npopulation.injecting = 'all'\n", 2, ["population.injecting", "number"]),
    "number for the title": ("title = 3\n", 1, ["title", "text in quotes"]),
    "text for the sources": ("sources = 'Lennox 2021'\n", 1, ["sources", "a list of texts"]),
    "number in the sources": ("sources = [\n'a',\n3]\n", 1, ["sources", "a list of texts"]),
    "nan": ("[programme]\nautonomy = nan\n", 2, ["programme.autonomy: must be a finite number", "got nan"]),
    "negative nan": ("[programme]\ntraining_hours = -nan\n", 2, ["finite number from 0 to 400 (unit: hours)"]),
    "infinity": ("[programme]\nautonomy = inf\n", 2, ["got inf"]),
    "negative infinity": ("[programme]\nautonomy = -inf\n", 2, ["got -inf"]),
    "too large an exponent": ("[programme]\nautonomy = 1e999\n", 2, ["finite number"]),
    "nan for a count": ("[run]\ndays = nan\n", 2, ["whole number", "got nan"]),
    "nan for a parameter": ('[parameters]\n"population.injecting" = nan\n', 2, ["finite number"]),
    "parameter out of bounds": ("[parameters]\npopulation.injecting = 2\n", 2, ["population.injecting", "0 to 1"]),
    "negative count": ("[programme]\npeers = -1\n", 2, ["from 0 to 20,000 (unit: posts)", "got -1"]),
    "negative share": ("[programme]\nshare_ed = -0.1\n", 2, ["from 0 to 1 (unit: share of posts)", "got -0.1"]),
    "nobody": ("[population]\nsize = 0\n", 2, ["from 1 to 2,000,000 (unit: people)", "got 0"]),
    "no measured day": ("[run]\ndays = 0\n", 2, ["from 1 to 20,000 (unit: days)"]),
    "huge count": ("[population]\nsize = 9_000_000\n", 2, ["from 1 to 2,000,000", "got 9000000"]),
    "beyond 64 bits": (f"[population]\nsize = {2**63}\n", 2, ["population.size", "64 bits"]),
    "beyond 64 bits, for a share": (f"[programme]\nautonomy = {10**400}\n", 2, ["programme.autonomy", "64 bits"]),
    "a number of 4,500 digits": (f"[programme]\npeers = {'9' * DEEP}\n", 2, ["too many digits"]),
    "a hexadecimal of 4,500 digits": (f"[programme]\npeers = 0x{'f' * DEEP}\n", 2, ["64 bits"]),
    "a schema of 4,500 digits": (f"name = 'x'\nschema = 0x{'f' * DEEP}\n", 2, ["schema = 1"]),
    "shares over one": ("[programme]\nshare_ed = 0.5\n", 2, ["programme.share_ed", "more than 1"]),
    "schedule out of order": ("[programme]\ncontact_schedule = [[30, 4], [7, 1]]\n", 2, ["must rise"]),
    "schedule of texts": ("[programme]\ncontact_schedule = [\n['a', 4]]\n", 2, ["[until day, every n days]"]),
    "schedule of triples": ("[programme]\ncontact_schedule = [[1, 2, 3]]\n", 2, ["[until day, every n days]"]),
    "schedule is a number": ("[programme]\ncontact_schedule = 7\n", 2, ["[until day, every n days]"]),
    "empty schedule": ("[programme]\ncontact_schedule = []\n", 2, ["1 to 8 phases"]),
    "schema of the future": ("name = 'x'\nschema = 2\n", 2, ["schema = 1", "got 2"]),
    "schema is true": ("name = 'x'\nschema = true\n", 2, ["schema = 1", "got true"]),
    "schema is text": ("name = 'x'\nschema = '1'\n", 2, ["schema = 1"]),
    "extends nothing": ("name = 'x'\nextends = 'no-such-plan'\n", 2, ["extends", "no such scenario"]),
    "extends with a typo": ("extends = 'brigde'\n", 1, ['did you mean "bridge"?']),
    "extends the empty text": ("extends = ''\n", 1, ["extends", "the empty name: no such scenario"]),
    "extends a number": ("extends = 3\n", 1, ["in quotes", "got 3"]),
    "extends a list": ("extends = ['bridge', 'ed-only']\n", 1, ["in quotes", "got a list"]),
    "extends itself": ("extends = 'plan.toml'\n", 1, ["circle"]),
    "extends itself by another path": ("extends = './../{folder}/plan.toml'\n", 1, ["circle"]),
    "extends a directory": ("extends = '..'\n", 1, ["is a directory"]),
    "extends a zero byte": ('extends = "a\\u0000b"\n', 1, ["cannot be a path", "\\x00"]),
    "extends a path that is too long": (f"extends = '{'a/' * 3_000}'\n", 1, ["cannot be a path"]),
    "extends a name that is too long": (f"extends = '{'a' * 300}'\n", 1, ["no such scenario"]),
    "lists nested deeply": (f"a = {'[' * DEEP}{']' * DEEP}\n", None, ["nested too deeply"]),
    "tables nested deeply": ("a = " + "{a=" * 2_000 + "1" + "}" * 2_000 + "\n", None, ["nested too deeply"]),
    "keys of many parts": (f"{'.'.join('a' * 4_000)} = 1\n", 1, ["a: is not a setting"]),
    "parameter of many parts": (f"parameters.{'.'.join('a' * 4_000)} = 1\n", 1, ["parameters.a.a.a"]),
    "a line without end": ("name = '" + "x" * 20_000 + "'\n", 1, ["too long"]),
    "empty name": ("name = ''\n", 1, ["1 to 80 printable characters"]),
    "name too long": (f"name = '{'x' * 200}'\n", 1, ["1 to 80 printable characters"]),
    "name with a slash": ("name = '../../etc/passwd'\n", 1, ["no slashes"]),
    "name with control characters": ('name = "a\\u001b[31mred\\nline"\n', 1, ["\\x1b[31mred\\nline"]),
    "title with control characters": ('title = "a\\u001b[31mred"\n', 1, ["no control characters"]),
    "description too long": (f"description = '''\n{('x' * 80 + chr(10)) * 60}'''\n", 1, ["at most 4,000"]),
    "key with control characters": ('[run]\n"da\\nys\\u001b" = 1\n', 2, ["da\\nys\\x1b"]),
    "value with control characters": ('[programme]\ndoor = "\\u001b]0;x\\u0007"\n', 2, ["\\x1b]0;x\\x07"]),
    "key of 9,000 characters": (f"{'k' * 9_000} = 1\n", 1, ["is not a setting"]),
    "binary": (bytes(range(256)), None, ["not text in UTF-8"]),
    "zero bytes": (b"\0" * 100, 1, ["zero byte"]),
    "an image": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 1, ["not text in UTF-8", "0x89"]),
    "latin-1": ("name = 'x'\ntitle = 'Hôpital'\n".encode("latin-1"), 2, ["not text in UTF-8", "0xf4"]),
    "utf-16": ("name = 'x'\n".encode("utf-16"), None, ["UTF-16", "UTF-8"]),
    "utf-16 without a mark": ("name = 'x'\n".encode("utf-16-le"), 1, ["zero byte"]),
    "utf-32": ("name = 'x'\n".encode("utf-32"), None, ["UTF-16"]),
    "surrogates": (b"name = '\xed\xa0\x80'\n", 1, ["not text in UTF-8"]),
    "bare carriage returns": (b"[run]\rdays = 3\r", 1, ["not valid TOML"]),
}  # fmt: skip


def one_clear_line(call, *words):
    with pytest.raises(ScenarioError) as caught:
        call()
    message = str(caught.value)
    assert message.isprintable(), message
    assert len(message) < 8_000 and "Traceback" not in message and "pydantic" not in message
    for word in words:
        assert word in message, message
    return message


def test_there_are_at_least_fifty():
    assert len(INVALID) >= 50


@pytest.mark.parametrize("case", INVALID)
def test_ends_in_one_clear_line(case, tmp_path):
    content, line, words = INVALID[case]
    file = tmp_path / "plan.toml"
    if isinstance(content, str):
        content = content.replace("{folder}", tmp_path.name).encode()
    file.write_bytes(content)
    message = one_clear_line(lambda: load(file), *words)
    assert message.startswith(str(file))
    if line is not None:
        assert re.match(rf"{re.escape(str(file))}, line {line}\b", message), message
    problems = check(file)
    assert problems and all(problem.isprintable() and str(file) in problem for problem in problems)


def test_missing_file_suggests_the_nearest_scenario():
    assert 'did you mean "bridge"?' in one_clear_line(lambda: load("brige"))
    assert 'did you mean "thin-supervision"?' in one_clear_line(lambda: load("thin_supervision"))
    assert 'did you mean "ed-only"?' in one_clear_line(lambda: load("plans/ED-only.toml"))
    assert "bundled scenarios are usual-care" in one_clear_line(lambda: load("qqqqqq"))


ODD_NAMES = ["", ".", "a\0b", "x" * 10_000, "\x1b[2Jbridge", "bridge\n", "/dev/null", "/", "a" * 300]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_names(name):
    one_clear_line(lambda: load(name))


def test_directory(tmp_path):
    one_clear_line(lambda: load(tmp_path), str(tmp_path), "is a directory")


@pytest.mark.parametrize("size", [LARGEST_FILE + 1, 100 * 2**20, 10 * 2**30])
def test_large_file_is_refused_unread(size, tmp_path, monkeypatch):
    file = tmp_path / "large.toml"
    with file.open("wb") as handle:
        handle.truncate(size)
    monkeypatch.setattr("pathlib.Path.open", lambda *_, **__: pytest.fail("was opened"))
    one_clear_line(lambda: load(file), str(file), "too large", f"{size:,} bytes")


def test_file_that_grows_while_read(tmp_path, monkeypatch):
    file = tmp_path / "grows.toml"
    file.write_bytes(b"#" * (LARGEST_FILE + 1))
    monkeypatch.setattr("scenarios.toml_files._too_large", lambda label, *_: f"{label}: caught")
    small = os.stat_result((0o100644, 0, 0, 1, 0, 0, 10, 0, 0, 0))
    monkeypatch.setattr("pathlib.Path.stat", lambda *_, **__: small)
    one_clear_line(lambda: read_file(file), "caught")


def test_largest_file_is_read_quickly_whatever_is_in_it(tmp_path):
    file = tmp_path / "keys.toml"
    file.write_text("".join(f"key_{number} = 1\n" for number in range(18_000)))
    start = time.perf_counter()
    one_clear_line(lambda: load(file), "key_0", "and 17999 more")
    assert time.perf_counter() - start < 20


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_pipe_is_refused_and_does_not_block(tmp_path):
    pipe = tmp_path / "pipe.toml"
    os.mkfifo(pipe)
    one_clear_line(lambda: load(pipe), str(pipe), "not a regular file")


def test_unreadable_file(tmp_path, monkeypatch):
    file = tmp_path / "secret.toml"
    file.write_text("name = 'x'")

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", refuse)
    one_clear_line(lambda: load(file), str(file), "permission denied")


def test_dangling_and_circular_links(tmp_path):
    (tmp_path / "dangling.toml").symlink_to(tmp_path / "nowhere.toml")
    (tmp_path / "circle.toml").symlink_to(tmp_path / "circle.toml")
    one_clear_line(lambda: load(tmp_path / "dangling.toml"), "dangling.toml", "no such file")
    one_clear_line(lambda: load(tmp_path / "circle.toml"), "circle.toml", "symbolic links")


def test_file_name_with_control_characters(tmp_path):
    file = tmp_path / "a\n\x1b[31m.toml"
    file.write_text("[run]\ndays = 0\n")
    one_clear_line(lambda: load(file), "a\\n\\x1b[31m.toml, line 2: run.days")
    assert all(problem.isprintable() for problem in check(file))


def test_file_name_that_is_not_text(tmp_path):
    file = os.fsdecode(os.fsencode(tmp_path) + b"/\xff.toml")
    with open(file, "w") as handle:
        handle.write("[run]\ndays = 0\n")
    one_clear_line(lambda: load(file), "\\udcff.toml, line 2")


def test_circle_of_three_files(tmp_path):
    for name, parent in (("a", "b"), ("b", "c"), ("c", "a")):
        (tmp_path / f"{name}.toml").write_text(f"extends = '{parent}.toml'\n")
    message = one_clear_line(lambda: load(tmp_path / "a.toml"), "circle")
    assert re.search(r"a\.toml -> \S+b\.toml -> \S+c\.toml -> \S+a\.toml", message)
    assert message.startswith(f"{tmp_path / 'c.toml'}, line 1: extends")


def test_chain_that_is_too_long(tmp_path):
    for number in range(40):
        (tmp_path / f"{number}.toml").write_text(f"extends = '{number + 1}.toml'\n")
    one_clear_line(lambda: load(tmp_path / "0.toml"), "more than 16 files", "15.toml")


def test_fault_in_an_extended_file_is_named_there(tmp_path):
    (tmp_path / "base.toml").write_text("name = 'base'\n\n[programme]\npeers = -4\n")
    (tmp_path / "plan.toml").write_text("extends = 'base.toml'\n[run]\ndays = 30\n")
    message = one_clear_line(lambda: load(tmp_path / "plan.toml"))
    assert message.startswith(f"{tmp_path / 'base.toml'}, line 4: programme.peers: must be a whole number")
    (tmp_path / "base.toml").write_text("name = \n")
    message = one_clear_line(lambda: load(tmp_path / "plan.toml"), "line 1: extends: ")
    assert f"{tmp_path / 'base.toml'}, line 1, column" in message


def test_first_fault_in_the_order_of_the_file_and_how_many_more(tmp_path):
    file = tmp_path / "plan.toml"
    file.write_text("[run]\ndays = 0\n[programme]\npeers = -1\nautonomy = 2\nfoo = 1\n")
    message = one_clear_line(lambda: load(file), "run.days")
    assert message.endswith("got 0 (and 3 more)")
    problems = check(file)
    assert [int(re.search(r"line (\d+)", problem)[1]) for problem in problems] == [2, 4, 5, 6]


PIECES = [
    "[",
    "]",
    "{",
    "}",
    "=",
    ".",
    ",",
    "'",
    '"',
    '"""',
    "'''",
    "\\",
    "#",
    "\n",
    "\r\n",
    "1",
    "nan",
    "peers",
    "\x7f",
    "é",
]
EDITS = st.lists(st.tuples(st.integers(0, 2_000), st.integers(0, 8), st.sampled_from(PIECES)), min_size=1, max_size=6)


@settings(max_examples=150, deadline=None)
@given(name=st.sampled_from(names()), edits=EDITS)
def test_damaged_files_never_end_in_anything_else(name, edits, tmp_path_factory):
    text = (LIBRARY / f"{name}.toml").read_text(encoding="utf-8")
    for at, removed, piece in edits:
        text = text[: at % len(text)] + piece + text[at % len(text) + removed :]
    file = tmp_path_factory.getbasetemp() / "damaged.toml"
    file.write_text(text, encoding="utf-8", newline="")
    for problem in check(file):
        assert problem.isprintable() and str(file) in problem
        line = re.search(r"damaged\.toml, line (\d+)", problem)
        assert line is None or 1 <= int(line[1]) <= text.count("\n") + 1


@given(text=st.text(max_size=40), key=st.sampled_from(["", "programme.peers", "name", "parameters", "sources"]))
def test_any_override_ends_in_a_scenario_or_one_line(text, key):
    for problem in check("bridge", [f"{key}={text}"]):
        assert problem.isprintable()


BAD_OVERRIDES = {
    "programme.peers": ["key=value"],
    "": ["key=value"],
    "=3": ["key=value"],
    "programme.peers=-1": ["programme.peers: must be a whole number from 0 to 20,000 (unit: posts)"],
    "programme.peers=": ["whole number"],
    "programme.peers=six": ['text "six"'],
    "programme.peers=nan": ["whole number", "nan"],
    "programme.peers=1e3": ["whole number", "1000.0"],
    "programme.peers=true": ["got true"],
    "programme.peers=[1": ['text "[1"'],
    "programme.peers=1\n[run]\ndays=3": ["key=value"],
    f"programme.peers={10**30}": ["64 bits"],
    f"programme.peers={'9' * 4_500}": ["whole number"],
    f"programme.peers={'[' * 4_500}": ["whole number"],
    "programme.pears=1": ["did you mean programme.peers?"],
    "peers=1": ["did you mean programme.peers?"],
    "programme=1": ["a table, [programme]"],
    "programme.peers.x=1": ["programme.peers", "got a table"],
    "#=1": ["words with dots"],
    "a b=1": ["words with dots"],
    "[run]=1": ["words with dots"],
    "programme..peers=1": ["words with dots"],
    "extends=bridge": ["in a file only"],
    "schema=1": ["in a file only"],
    "mechanisms.bridging=off": ["true or false"],
    "programme.door=doors": ['"clinician", "proactive" or "both"'],
    "programme.share_ed=0.5": ["more than 1"],
    "parameters.population.injectin=0.1": ["population.injecting"],
    "parameters.population.injecting=7": ["0 to 1"],
    "name=a/b": ["no slashes"],
    "programme.peers=\x1b[31m": ["key=value", "\\x1b"],
}  # fmt: skip


@pytest.mark.parametrize("override", BAD_OVERRIDES)
def test_bad_override_is_named(override):
    message = one_clear_line(lambda: load("bridge", [override]), *BAD_OVERRIDES[override])
    assert message.startswith("settings ")


def test_tomllib_still_words_its_errors_as_expected():
    """The plain words for keys set twice rest on these."""
    for text, words in (
        ("a = 1\na = 2\n", "Cannot overwrite a value"),
        ("[a]\n[a]\n", "Cannot declare"),
    ):
        with pytest.raises(tomllib.TOMLDecodeError, match=words):
            tomllib.loads(text)


def test_a_path_with_backslashes_is_not_taken_for_a_misspelt_name(tmp_path):
    (tmp_path / "mine.toml").write_text('extends = "plans\\\\bridge2.toml"\n')
    with pytest.raises(ScenarioError, match="folders are separated by /") as caught:
        load(tmp_path / "mine.toml")
    assert "did you mean" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('extends = "plans\\bridge2.toml"', "folders are separated by /, not by"),
        ('extends = "plans\\tridge2.toml"', "folders are separated by /, not by"),
        ('extends = "plans\\xridge2.toml"', "folders of a path are separated by /"),
        ('extends = "C:\\users\\a.toml"', "folders of a path are separated by /"),
    ],
)
def test_a_backslash_between_quotes_is_told_whatever_letter_follows(tmp_path, text, said):
    (tmp_path / "mine.toml").write_text(text + "\n")
    with pytest.raises(ScenarioError, match=said) as caught:
        load(tmp_path / "mine.toml")
    assert "did you mean" not in str(caught.value) and "line 1" in str(caught.value)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    "text", ["peers = 1" + "0" * 400, "peers = -9223372036854775809", "[[hospital]]\nposts = 1" + "0" * 40]
)
def test_whole_numbers_have_at_most_64_bits(tmp_path, text):
    (tmp_path / "mine.toml").write_text(f'extends = "bridge"\n[programme]\n{text}\n')
    with pytest.raises(ScenarioError, match="line [34]: .*is a whole number of more than 64 bits"):
        load(tmp_path / "mine.toml")


PLAN = """extends = "bridge"
[[hospital]]
beds_per_unit = 60
posts = 5
[[hospital]]
units = 6
posts = 3
[programme]
peers = 3
[[phase]]
day = 90
peers = 8
[[phase]]
day = 200
navigators = 2
"""


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("units = 6", "units = -6", 6, ["[[hospital]] 2, units", "from 1 to 40", "got -6"]),
        ("beds_per_unit = 60", "beds_per_unit = 0", 3, ["[[hospital]] 1, beds_per_unit", "got 0"]),
        ("posts = 3", "post = 3", 7, ["[[hospital]] 2, post", "did you mean posts"]),
        ("day = 200", "day = 20", 10, ["phase", "must rise", "90, 20"]),
        ("day = 200", "day = true", 14, ["[[phase]] 2, day", "whole number", "got true"]),
        ("peers = 3", "peers = 3\nends_after_days = 150", 11, ["phase", "day 200", "ends after 150 days"]),
        ("peers = 3", "peers = 3\nsupervisors = 2\npeers_per_supervisor = 3.0", 10, ["supervisors", "leave one"]),
        ("peers = 3", "leave_weeks = 60", 9, ["programme.leave_weeks", "from 0 to 26", "got 60"]),
        ("peers = 3", "starts = \"with measurement\"", 9, ["programme.starts", "with measuring"]),
        ("[programme]", "[local]\nstays_per_year = -5\n[programme]", 9, ["local.stays_per_year", "got -5"]),
        ("[programme]", "[local]\nstays_per_year = 40000\nlength_of_stay = 6.5\n[programme]", 9,
         ["local.stays_per_year", "712 beds", "have 408"]),
        ("[programme]", "[money]\nyear = 2024\n[programme]", 9, ["money", "index"]),
        ("[programme]", "[population]\nseasons = [1, 2]\n[programme]", 9, ["population.seasons", "twelve"]),
        ("[programme]", "[parameters]\ncost.wage = -1\n[programme]", 9, ["cost.wage", "from 1 to 500", "-1"]),
    ],
)  # fmt: skip
def test_plans_that_cannot_be_meant_end_in_a_line(tmp_path, old, new, line, says):
    path = tmp_path / "plan.toml"
    path.write_text(PLAN.replace(old, new, 1), encoding="utf-8")
    (message,) = check(path)
    assert message.startswith(f"{path}, line {line}: ") and "\n" not in message
    assert not [words for words in says if words not in message], message
