"""From stored runs to tables and findings.

Reads a study; writes nothing.
"""
