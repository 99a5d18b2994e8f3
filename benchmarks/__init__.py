"""Benchmarks of Peerbridge: every figure that matters is a ratio of things measured side by side in one run.

`python -m benchmarks` runs them all; `python -m benchmarks --help` says what else it can do.
"""
