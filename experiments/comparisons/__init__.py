"""`peerbridge compare`: a few scenarios on common random numbers.

Run, result, store, report and terminal table.
"""
