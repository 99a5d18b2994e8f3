"""The pages, and the scripts that write parts of them from the code: `python -m docs.NAME` in a checkout."""
