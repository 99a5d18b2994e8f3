"""The dashboard's log, and the ids by which a person can quote an entry of it."""

from __future__ import annotations

import logging
import uuid

log = logging.getLogger("peerbridge.dashboard")


def reference() -> str:
    """A short id that a person can quote and the log holds."""
    return uuid.uuid4().hex[:8]
