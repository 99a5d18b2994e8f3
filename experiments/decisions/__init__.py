"""Decisions: what a plan is worth, which plan is best, how sure that is and what carries it.

Pure functions on draws and runs first; the commands that ask a question and answer it rest on them.
"""
