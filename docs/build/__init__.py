"""Scripts that write pages and pictures of the documentation.

`python -m docs.build [NAME] [--check]` runs them.
"""
