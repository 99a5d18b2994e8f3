"""FHIR Encounter resources, unfolded into a table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from experiments.support.errors import InputError

COLUMNS = ("subject", "period.start", "period.end", "class", "status", "dischargeDisposition", "serviceProvider")


def encounters(path: Path, text: str) -> list[list[str]]:
    """Rows of a Bundle, of a list of resources, or of one resource to a line; the header first.

    Raises:
        InputError: It is no JSON, or holds no Encounter.
    """
    try:
        found = [json.loads(text)]
    except ValueError:
        try:
            found = [json.loads(line) for line in text.splitlines() if line.strip()]
        except ValueError:
            raise InputError(f"{path}: is neither JSON nor JSON of one resource to a line") from None
    rows = [list(COLUMNS)]
    rows += [_row(one) for one in _resources(found) if one.get("resourceType") == "Encounter"]
    if len(rows) == 1:
        raise InputError(f"{path}: is JSON without a FHIR Encounter; bring a Bundle of Encounter resources, or a table")
    return rows


def _resources(found: list[Any]) -> list[dict[str, Any]]:
    out: list[dict[str, Any]] = []
    for one in found:
        if isinstance(one, list):
            out += _resources(one)
        elif isinstance(one, dict) and one.get("resourceType") == "Bundle":
            entries = one.get("entry")
            out += _resources([e.get("resource") for e in entries if isinstance(e, dict)] if entries else [])
        elif isinstance(one, dict):
            out.append(one)
    return out


def _row(one: dict[str, Any]) -> list[str]:
    subject = _of(one, "subject")
    period = _of(one, "period") or _of(one, "actualPeriod")
    stay = _of(one, "hospitalization") or _of(one, "admission")
    identifier = _of(subject, "identifier")
    return [
        _text(subject.get("reference") or identifier.get("value")), _text(period.get("start")),
        _text(period.get("end")),
        _code(one.get("class")), _text(one.get("status")), _code(stay.get("dischargeDisposition")),
        _text(_of(one, "serviceProvider").get("reference")),
    ]  # fmt: skip


def _of(one: dict[str, Any], name: str) -> dict[str, Any]:
    value = one.get(name)
    return value if isinstance(value, dict) else {}


def _code(value: Any) -> str:
    """The code of a Coding (R4's class), or the first of a CodeableConcept (R5's list of them)."""
    if isinstance(value, list):
        return next((code for code in map(_code, value) if code), "")
    if not isinstance(value, dict):
        return ""
    codings = value.get("coding")
    return _text(value.get("code")) or (_code(codings) if isinstance(codings, list) else "")


def _text(value: Any) -> str:
    return str(value).strip() if isinstance(value, str | int) else ""
