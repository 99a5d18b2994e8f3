"""What a run is measured by: outcomes, tables of one run, predictions of targets, cost-effectiveness.

Knows one run or a pair of runs, never a study.
"""
