"""Set-up shared by all tests."""

import os
import sys

# numba reads this when it is imported: an out-of-bounds write in a kernel then raises instead of passing in silence.
if "numba" in sys.modules and "NUMBA_BOUNDSCHECK" not in os.environ:
    raise RuntimeError("numba was imported before tests/conftest.py could set NUMBA_BOUNDSCHECK=1")
os.environ.setdefault("NUMBA_BOUNDSCHECK", "1")
