"""Parameter uncertainty: priors, posterior draws and the shipped posteriors.

A sample of parameters is the same thing for every command.
"""
