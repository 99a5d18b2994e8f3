"""From a study file to the points of its design.

Reads and checks; runs nothing.
"""
