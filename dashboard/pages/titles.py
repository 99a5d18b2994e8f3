"""Keys of the pages in the address, and their titles, in the order of the navigation."""

from __future__ import annotations

TITLES = {
    "explore": "Explore",
    "compare": "Compare plans",
    "takes": "What would it take?",
    "sure": "How sure are we?",
    "assumptions": "Assumptions and evidence",
    "watch": "Watch a year",
    "researchers": "For researchers",
}
