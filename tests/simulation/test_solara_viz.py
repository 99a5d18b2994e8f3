"""SolaraViz, the screen of Mesa, shows the model without a browser: it renders, plots a daily series, steps, resets."""

from collections.abc import Iterator
from typing import Any

import pytest

from simulation import PeerSupportModel
from tests.simulation.small import small

NEEDS = "SolaraViz stays untested without the extra: pip install -c constraints.txt '.[dashboard]'"
solara = pytest.importorskip("solara", reason=NEEDS)
visualization = pytest.importorskip("mesa.visualization", reason=NEEDS)

CONFIG = small(size=200, warm_up_days=0, days=3)


class Screen:
    """A rendered SolaraViz, and every state of the model in which the plot was drawn."""

    def __init__(self) -> None:
        self.model = solara.Reactive(PeerSupportModel(CONFIG, rng=7))
        self.drawn: list[tuple[int, int]] = []
        plot = visualization.make_plot_component("admissions", post_process=self.note)

        @solara.component
        def page() -> None:
            with solara.AppLayout():  # `solara run` adds it; without it the side bar with the buttons is not drawn
                visualization.SolaraViz(self.model, components=[plot], model_params={"config": CONFIG, "rng": 7})

        _, self.rendered = solara.render(page(), handle_error=False)

    def note(self, axes: Any) -> None:
        """What the plot shows: days on it, and admissions up to the last."""
        (line,) = axes.get_lines()
        self.drawn.append((len(line.get_xdata()), int(sum(line.get_ydata()))))

    def button(self, label: str) -> Any:
        """The widget of a button."""
        import ipyvuetify

        (found,) = (w for w in self.rendered.find(ipyvuetify.Btn).widgets if w.children == [label])
        return found

    def click(self, label: str) -> None:
        """A click of the user on a button that is not greyed out."""
        assert not self.button(label).disabled
        self.button(label).click()


@pytest.fixture
def screen() -> Iterator[Screen]:
    made = Screen()
    yield made
    made.rendered.close()


def test_a_step_is_a_day_on_the_plot_until_the_last_day(screen: Screen) -> None:
    assert screen.drawn[-1] == (0, 0)
    for day in (1, 2, 3):
        screen.click("Step")
        model = screen.model.value
        assert model.day == model.steps == day
        assert screen.drawn[-1] == (day, sum(model.datacollector.model_vars["admissions"]))
    assert screen.drawn[-1][1] > 0
    assert screen.button("Step").disabled and screen.button("▶").disabled
    assert model.views_made == 0


def test_reset_begins_anew_with_the_same_scenario_and_seed(screen: Screen) -> None:
    screen.click("Step")
    screen.click("Step")
    before, shown = screen.model.value, screen.drawn[-1]
    screen.click("Reset")
    assert screen.model.value is not before and screen.model.value.day == 0
    screen.click("Step")
    screen.click("Step")
    assert screen.drawn[-1] == shown
