"""Sweeps: many plans, resumable, in one result folder.

definition -> store -> analysis -> report -> sweep, session, dry run, rerun, maintenance.
"""
