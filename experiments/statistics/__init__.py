"""Estimators: plain arrays in, estimates out.

Knows no model and no study.
"""
