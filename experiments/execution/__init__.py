"""Tasks in, finished runs out: worker, scheduler, executors, worker processes, Dask, time left.

Knows no study and no trial.
"""
