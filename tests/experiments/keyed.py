"""Many keyed numbers at once, from the generator of the model, for tests that need synthetic data."""

import numpy as np
from scipy.special import ndtri

from simulation import draws


def uniforms(key: int, *shape: int) -> np.ndarray:
    """Uniform numbers in (0, 1) that depend on nothing but the key and their place."""
    plain = getattr(draws.philox, "py_func", draws.philox)
    n = int(np.prod(shape))
    zero = np.zeros(n, np.uint64)
    high, low, _, _ = plain(np.arange(n, dtype=np.uint64), zero, zero, zero, np.uint64(key), np.uint64(20_261_122))
    bits = (high << np.uint64(21)) | (low >> np.uint64(11)) | np.uint64(1)
    return (bits * 2.0**-53).reshape(shape)


def normals(key: int, *shape: int) -> np.ndarray:
    """Standard normal numbers."""
    return ndtri(uniforms(key, *shape))
