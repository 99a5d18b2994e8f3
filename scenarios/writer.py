"""Write a scenario with every setting in it, so that a run can be repeated from the file alone."""

from __future__ import annotations

import json
from typing import Any

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
    settings = config.settings()
    lines = [
        f"# All settings of a scenario; content hash {config.content_hash()}.",
        f"schema = {SCHEMA}",
        f"name = {_toml(clean_name(config.name))}",
        f"title = {_toml(clean_text(config.title))}",
        f"question = {_toml(clean_text(config.question))}",
        f"description = {_toml(clean_text(config.description))}",
        "sources = [",
        *(f"    {_toml(clean_text(source))}," for source in config.sources),
        "]",
    ]
    for section, values in settings.items():
        if values:
            lines += ["", f"[{section}]", *(f"{_key(key)} = {_toml(value)}" for key, value in values.items())]
    return "\n".join(lines) + "\n"


def _key(key: str) -> str:
    return key if key.replace("_", "").isalnum() and key.isascii() else _toml(key)


def _toml(value: Any) -> str:
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    return repr(value)
