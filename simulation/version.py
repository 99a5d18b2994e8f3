"""Version of the model, hash of its sources, and the folder of its compiled kernels."""

from __future__ import annotations

from simulation import kernel_cache

VERSION = "1.1.0"
"""Version of the model: whatever may change numbers changes it."""

SOURCE_HASH = kernel_cache.source_hash()
"""Hash of every source file of the package."""

KERNELS = kernel_cache.install(SOURCE_HASH)
"""Folder of the compiled kernels of these sources."""
