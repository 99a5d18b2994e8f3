"""What stands around the pages: files of its own, no traceback, plain words."""

import re
from pathlib import Path

import pytest
import solara

import dashboard
from dashboard import setup, vendor

setup.apply()
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
    dressed = setup.dress(html)
    assert '<html lang="en">' in dressed and "user-scalable" not in dressed and "<noscript>" in dressed


def test_a_page_that_fails_shows_plain_words_and_a_reference(monkeypatch, caplog):
    from dashboard import main

    @solara.component
    def Broken():
        raise RuntimeError("secret /path")

    monkeypatch.setitem(main.PAGES, "explore", ("Explore", Broken))
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


@pytest.mark.parametrize("path", sorted((HERE / "ui").glob("*.vue")), ids=lambda p: p.name)
def test_components_name_no_other_host(path):
    assert not re.search(r"https?://(?!www\.w3\.org)", path.read_text(encoding="utf-8"))
