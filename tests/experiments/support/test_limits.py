"""Options of all commands: what can be meant passes, the rest is refused with the name of the argument."""

from collections.abc import Callable

import pytest

from experiments.support.errors import InputError
from experiments.support.limits import MOST_REPLICATIONS, MOST_WORKERS, check_replications, check_seed, check_workers


@pytest.mark.parametrize(
    ("check", "good", "bad", "name"),
    [
        (check_replications, (1, MOST_REPLICATIONS), (0, -1, MOST_REPLICATIONS + 1), "replications"),
        (check_seed, (0, 2**64 - 1), (-1, 2**64), "seed"),
        (check_workers, (None, 1, MOST_WORKERS), (0, -2, MOST_WORKERS + 1), "workers"),
    ],
)
def test_limits(
    check: Callable[[int | None], None], good: tuple[int | None, ...], bad: tuple[int, ...], name: str
) -> None:
    for value in good:
        check(value)
    for value in bad:
        with pytest.raises(InputError, match=f"^{name} must lie between") as error:
            check(value)
        assert error.value.argument == name


def test_a_command_may_take_fewer_replications() -> None:
    check_replications(2, least=2, most=10)
    with pytest.raises(InputError, match="between 2 and 10, not 11"):
        check_replications(11, least=2, most=10)
