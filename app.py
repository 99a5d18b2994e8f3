"""The dashboard: `solara run app.py`, then open the address that it prints. It needs no network."""

from dashboard import runs
from dashboard.main import Layout, Page

__all__ = ["Layout", "Page"]

runs.start()
