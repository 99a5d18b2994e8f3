"""Serving: command, ASGI application, vendored assets, headers, first view.

`peerbridge serve` and `solara run app.py` start here.
"""
