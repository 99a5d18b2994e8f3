"""Write a scenario with every setting in it, so that a run can be repeated from the file alone."""

from __future__ import annotations

import tomli_w

from scenarios.error_messages import LISTED
from scenarios.loader import SCHEMA, clean_name, clean_text
from simulation.config import Config


def dump(config: Config) -> str:
    """Return `config` as TOML text with all settings, which loads back to the same content hash.

    The texts for people (`FOR_PEOPLE` of `simulation.config`) keep what a scenario file may hold: characters that
    do not print are left out.

    Example:
        >>> from pathlib import Path
        >>> import peerbridge as pb
        >>> plan = pb.load("bridge", ["programme.peers=6"])
        >>> size = Path("six-peers.toml").write_text(pb.dump(plan), encoding="utf-8")
        >>> pb.load("six-peers.toml").content_hash() == plan.content_hash()
        True
    """
    for_people = {
        "name": clean_name(config.name), "title": clean_text(config.title), "question": clean_text(config.question),
        "description": clean_text(config.description), "sources": [clean_text(source) for source in config.sources],
    }  # fmt: skip
    settings = {
        LISTED[section][0] if section in LISTED else section: values
        for section, values in config.settings().items()
        if values
    }
    text = tomli_w.dumps({"schema": SCHEMA} | for_people | settings)
    return f"# All settings of a scenario; content hash {config.content_hash()}.\n{text}"
