"""What a server loads: the page, and workers that start before the first visitor comes."""

from dashboard import runs
from dashboard.main import Layout, Page

__all__ = ["Layout", "Page"]

runs.start()
