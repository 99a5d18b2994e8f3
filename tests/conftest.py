"""Set-up shared by all tests."""

import os
import signal
import sys

# numba reads this when it is imported: an out-of-bounds write in a kernel then raises instead of passing in silence.
if "numba" in sys.modules and "NUMBA_BOUNDSCHECK" not in os.environ:
    raise RuntimeError("numba was imported before tests/conftest.py could set NUMBA_BOUNDSCHECK=1")
os.environ.setdefault("NUMBA_BOUNDSCHECK", "1")

# A suite that a shell started in the background has inherited that Ctrl-C is ignored, and would pass that on.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
