"""What a server loads: the page, and workers that start before the first visitor comes."""

from dashboard.compute import pool
from dashboard.main import Layout, Page

__all__ = ["Layout", "Page"]

pool.start()
