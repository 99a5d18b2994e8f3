"""Calibration to the records of one site.

No value of a single record is shown, kept or sent.
"""
