"""The dashboard: `solara run app.py`, then open the address that it prints. It needs no network."""

from dashboard.application import Layout, Page

__all__ = ["Layout", "Page"]
