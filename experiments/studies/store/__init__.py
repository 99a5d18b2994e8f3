"""The study folder: layout, writer, shards, reader.

The only package that knows where a study keeps what.
"""
