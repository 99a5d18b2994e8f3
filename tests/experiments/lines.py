"""Lines on stderr that tests of other things leave out."""

PRIOR = "draws of the prior are used, UNCALIBRATED."


def beside_the_prior(err: str) -> str:
    """What stderr holds besides the one line that says that no posterior fits this model."""
    return "".join(line for line in err.splitlines(keepends=True) if not line.rstrip().endswith(PRIOR))
