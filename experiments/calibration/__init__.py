"""Calibration to published targets and trials.

Rests on studies and trials.
"""
