"""Worked examples: each module asks one question, runs the model and draws the answer.

`python -m docs.build gallery` writes their pages and pictures into docs/gallery.
"""
