"""What stands around the pages: files of its own, no traceback, plain words."""

import re
from pathlib import Path

import pytest
import solara

import dashboard
from dashboard.server import solara_setup, vendor

solara_setup.apply()
HERE = Path(dashboard.__file__).parent


def test_every_vendored_file_and_font_is_in_the_repository():
    for package, files in vendor.FILES.items():
        for name in files:
            assert (vendor.ASSETS / package / name).is_file(), name
    for sheet in vendor.ASSETS.rglob("*.css"):
        for font in re.findall(r"url\(([^)\s]+\.woff2)\)", sheet.read_text(encoding="utf-8")):
            assert (sheet.parent / font.strip("'\"")).is_file(), f"{sheet.name}: {font}"


def test_the_page_says_its_language_may_be_zoomed_and_says_what_to_do_without_scripts():
    meta = '<meta content="width=device-width, maximum-scale=1, user-scalable=no, minimal-ui">'
    html = f"<html><head>{meta}</head><body></body></html>"
    dressed = solara_setup.dress(html)
    assert '<html lang="en">' in dressed and "user-scalable" not in dressed and "<noscript>" in dressed


def test_a_page_that_fails_shows_plain_words_and_a_reference(monkeypatch, caplog):
    from dashboard import main

    @solara.component
    def Broken():
        raise RuntimeError("secret /path")

    monkeypatch.setitem(main.COMPONENTS, "explore", Broken)
    box, context = solara.render(main.Guard("explore"), handle_error=False)
    shown = str(box)
    context.close()
    assert "Something went wrong on our side" in shown
    assert "secret" not in shown and "Traceback" not in shown
    assert "secret /path" in caplog.text and re.search(r"reference [0-9a-f]{8}", caplog.text)


def test_solara_never_prints_a_traceback_into_the_page(caplog):
    import solara.server.app

    try:
        raise ValueError("secret /path")
    except ValueError as error:
        (text,) = solara.server.app.traceback.format_exception(None, error, error.__traceback__)
    assert "secret" not in text and "reload" in text and "secret /path" in caplog.text


def luminance(colour):
    shades = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return sum(
        weight * (shade / 12.92 if shade <= 0.04045 else ((shade + 0.055) / 1.055) ** 2.4)
        for weight, shade in zip((0.2126, 0.7152, 0.0722), shades, strict=True)
    )


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_text_and_marks_of_drawings_have_contrast(scheme):
    """The checker cannot tell what lies behind text in a drawing; here every colour is held against both grounds."""
    style = (HERE / "style.css").read_text(encoding="utf-8")
    names = dict(re.findall(r"--(\w+):(#\w+)", re.findall(r":root\{(.*?)\}", style)[scheme]))
    colours = {k: "#" + "".join(2 * c for c in v[1:]) if len(v) == 4 else v for k, v in names.items()}
    series = re.findall(r"\.plot\{([^}]*--s2[^}]*)\}", style)[scheme]
    colours |= dict(re.findall(r"--(s\d):(#\w{6})", series))
    for ground in ("page", "card"):
        for name, least in [("offline", 3.0), *((n, 4.5) for n in colours if re.fullmatch(
            r"ink|soft|plan|now|good|bad|accent|s\d", n))]:  # fmt: skip
            light, dark = sorted((luminance(colours[name]), luminance(colours[ground])), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= least, f"{name} on {ground}"


WORDS = re.compile(r"\b(addicts?|abusers?|abuse|non-?compliant|AMA|against medical advice|substance misuse)\b")


@pytest.mark.parametrize("path", sorted({*HERE.rglob("*.py"), *HERE.glob("ui/*.vue"),
                                         *HERE.glob("ui/templates/*.html")}), ids=lambda p: p.name)  # fmt: skip
def test_words_are_person_first(path):
    assert not WORDS.search(path.read_text(encoding="utf-8"))


def test_levers_up_front_have_unit_range_how_they_act_and_what_is_known():
    from dashboard.catalogue.levers import MAIN, MORE_UP_FRONT, config

    assert len(MAIN) == 3 and len(MORE_UP_FRONT) <= 3
    for lever in (*MAIN, *MORE_UP_FRONT):
        assert lever.unit and lever.low < lever.high and lever.step > 0
        assert lever.acts.endswith(".") and (re.search(r"\d{4}|Nobody has measured|No rule|per worker", lever.known))
        config({}, {"programme.peers": 2, lever.name: type(lever.step)(lever.high)})


@pytest.mark.parametrize("path", sorted((HERE / "ui").glob("*.vue")), ids=lambda p: p.name)
def test_components_name_no_other_host(path):
    assert not re.search(r"https?://(?!www\.w3\.org)", path.read_text(encoding="utf-8"))
