"""Warm-up analysis: how long the model takes to settle.

MSER-5 and Welch's method over replications.
"""
