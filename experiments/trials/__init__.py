"""Virtual trials: a published or planned trial re-run inside the model.

A trial file says how; `scenarios.trial_files` reads it.
"""
