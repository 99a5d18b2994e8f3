"""The command line `peerbridge`: one file per command, thin over the Python API.

`experiments.cli.entry` lists the commands.
"""
