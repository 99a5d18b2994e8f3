"""A first answer that fails: the page says so and does not go on with "Simulating"."""

import time

import solara

from dashboard.compute import pool
from dashboard.pages.explore import Explore


def test_a_first_answer_that_fails_is_said_with_a_way_to_try_again(monkeypatch):
    def fails(*_, **__):
        raise pool.RunError("no memory")

    monkeypatch.setattr(pool, "get", fails)
    monkeypatch.setattr(pool, "kept", lambda *_, **__: None)
    _, context = solara.render(Explore(), handle_error=False)
    until = time.monotonic() + 20
    while time.monotonic() < until and "did not finish" not in repr(texts(context)):
        time.sleep(0.1)
    said = texts(context)
    assert any("The simulation did not finish. Your plan is kept" in text for text in said)
    assert not any("Simulating the current service" in text or "Getting ready" in text for text in said)
    context.close()


def texts(context):
    return [widget.unsafe_innerHTML for widget in context.find(solara.widgets.HTML).widgets]
