"""The state of one page and its work in the background.

Nothing in it is shared by users.
"""
