"""`python -m experiments.cli`: the command line without its console script."""

from experiments.cli.entry import main

main()
