"""Version of the package.

That of the model is `simulation.VERSION`: only the model's may change numbers and enters keys and hashes of runs.
"""

PACKAGE_VERSION = "0.6.0"
"""Declared here alone: pyproject.toml reads it, CITATION.cff and CHANGELOG.md are tested against it."""
