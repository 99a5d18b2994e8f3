"""Validation of numeric options shared by all commands."""

from __future__ import annotations

from experiments.support.errors import InputError

MOST_REPLICATIONS = 100_000

MOST_WORKERS = 4_096


def check_replications(replications: int, least: int = 1, most: int = MOST_REPLICATIONS) -> None:
    """Validate the number of replications.

    Raises:
        InputError: It is not between `least` and `most`.
    """
    if not least <= replications <= most:
        raise InputError(f"must lie between {least} and {most:,}, not {replications:,}", argument="replications")


def check_seed(seed: int) -> None:
    """Validate the root seed: a whole number of 64 bits.

    Raises:
        InputError: It is not between 0 and 2**64 - 1.
    """
    if not 0 <= seed < 2**64:
        raise InputError(f"must lie between 0 and 2**64 - 1, not {seed}", argument="seed")


def check_workers(workers: int | None) -> None:
    """Validate the number of worker processes; None is one per core.

    Raises:
        InputError: It is not between 1 and `MOST_WORKERS`.
    """
    if workers is not None and not 1 <= workers <= MOST_WORKERS:
        raise InputError(f"must lie between 1 and {MOST_WORKERS:,}, not {workers:,}", argument="workers")
