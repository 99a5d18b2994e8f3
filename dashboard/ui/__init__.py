"""What pages are made of: sentences, widgets, drawings, templates.

Knows no plan of its own.
"""
