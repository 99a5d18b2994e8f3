"""The only source of randomness: keyed draws.

Every number is a pure function of (seed, replication, stream, entity, episode, day, index).

Generator: Philox 4x32-10 (Salmon et al. 2011, 10.1145/2063384.2063405), a published counter-based generator with
known-answer vectors. It was preferred to a shorter keyed hash, which is about three times faster per number, because
it is named, reviewed and passes the standard batteries at ten rounds; draws are under a fifth of the run time.

The counter is (entity, stream and index, episode, day); the key is derived from seed and replication by the same
generator, never by adding them. No draw depends on how many draws came before it, so scenarios that share a seed
share every draw that both make.
"""

from __future__ import annotations

import hashlib
import math
import os
import re
from typing import Any

import numpy as np
from numba import config as numba_config
from numpy.typing import NDArray

from simulation.kernel import fixed

_MASK = np.uint64(0xFFFFFFFF)
_M0 = np.uint64(0xD2511F53)
_M1 = np.uint64(0xCD9E8D57)
_W0 = np.uint64(0x9E3779B9)
_W1 = np.uint64(0xBB67AE85)
_32 = np.uint64(32)
_21 = np.uint64(21)
_11 = np.uint64(11)
_16 = np.uint64(16)
_ONE = np.uint64(1)

STREAMS: dict[str, int] = {}
"""Registry of streams: name → id (1 to 65,535)."""


def _stream(ident: int, name: str) -> int:
    """Register a stream; raises ValueError where the id or the name is taken."""
    if name in STREAMS or ident in STREAMS.values():
        raise ValueError(f"stream {ident} ({name!r}) is registered already")
    if not 1 <= ident <= 65_535:
        raise ValueError(f"stream id {ident} is outside 1 to 65,535")
    STREAMS[name] = ident
    return ident


PERSON = _stream(1, "person: fixed traits")
PERSON_STATE = _stream(2, "person: state at the start")
CLINICIAN = _stream(3, "clinician: traits of one tenure")
WORKER = _stream(4, "peer worker: traits of one tenure")
PERSON_AGE = _stream(5, "person: time since joining")
HOSPITAL = _stream(25, "person: hospital")
ARRIVALS = _stream(6, "people who join: how many on a day")
WAY_OUT = _stream(7, "person: moves away or stops")
TURN = _stream(8, "person: turning points")
SETTLED = _stream(9, "acute need settled outside hospital")
CLOCK = _stream(10, "community clocks: thresholds")
NEED = _stream(11, "acute need: severity, length, unit")
ADMISSION = _stream(12, "emergency department: admission")
BACKGROUND = _stream(13, "background patients: arrivals")
BACKGROUND_STAY = _stream(14, "background patients: length of stay")
QUEUE = _stream(15, "keyed ranks of queues")
STAY = _stream(16, "stay: thresholds of discharge, disclosure and referral")
DISTRESS = _stream(17, "stay: distress at arrival")
CONSULT_TEAM = _stream(18, "stay: consult team and social work")
ENCOUNTER = _stream(20, "encounter: clinician and quality")
CONFLICT = _stream(21, "conflict over unit rules")
MEDICATION = _stream(23, "treatment of distress offered")
OFFER = _stream(30, "offer of a worker: acceptance")
REFERRAL_IN_ED = _stream(36, "referral in the emergency department")
VISIT_LENGTH = _stream(31, "length of a first visit")
CONTACT = _stream(32, "follow-up: attempt and disengagement")
COMMUNITY_REFERRAL = _stream(33, "referral at discharge to community workers")
BARRIER = _stream(34, "barriers of a stay")
BARRIER_SOLVED = _stream(35, "barrier resolved")
OVERDOSE = _stream(40, "overdose: survival and transport")
RECOVERY = _stream(41, "use after discharge")
TURNOVER = _stream(50, "clinician: exit threshold")
WORKER_EXIT = _stream(51, "peer worker: thresholds of exit, leave, return to use")
HIRING = _stream(52, "peer worker: time to hire")
HANDED_OVER = _stream(53, "caseload of a leaver handed over or dropped")
LOSS = _stream(55, "follow-up: threshold of being lost")
ABSENCE = _stream(56, "peer worker: days off sick")
INCIDENT = _stream(57, "peer worker: threshold of an incident")
SUPERVISOR_EXIT = _stream(54, "supervisor: exit threshold and time to hire")
ARRIVAL_HOUR = _stream(63, "emergency department: hour of arrival")
CONSENT = _stream(60, "trial: consent, and acceptance of a consult team")
ASSIGNMENT = _stream(61, "trial: assignment to arms")
ASSUMED_EFFECT = _stream(62, "trial: draws of effects that are assumed")

AUDIT = numba_config.DISABLE_JIT and os.environ.get("PEERBRIDGE_AUDIT_DRAWS") == "1"
"""Debug mode (interpreted only): a key drawn twice in one run raises."""
_drawn: set[tuple[int, ...]] = set()


@fixed("UniTuple(uint64, 4)(uint64, uint64, uint64, uint64, uint64, uint64)")
def philox(c0, c1, c2, c3, k0, k1):
    """Philox 4x32-10: four 32-bit words (uint64) for a counter of four and a key of two 32-bit words (uint64)."""
    for _ in range(10):
        p0 = _M0 * c0
        p1 = _M1 * c2
        c0, c1, c2, c3 = (p1 >> _32) ^ c1 ^ k0, p1 & _MASK, (p0 >> _32) ^ c3 ^ k1, p0 & _MASK
        k0 = (k0 + _W0) & _MASK
        k1 = (k1 + _W1) & _MASK
    return c0, c1, c2, c3


@fixed("UniTuple(uint64, 4)(uint64, int64, int64, int64, int64, int64)")
def _block(key, stream, entity, episode, day, index):
    return philox(
        np.uint64(entity) & _MASK,
        (np.uint64(stream) << _16) | np.uint64(index),
        np.uint64(episode) & _MASK,
        np.uint64(day) & _MASK,
        key & _MASK,
        key >> _32,
    )


def _audited_block(key: int, stream: int, entity: int, episode: int, day: int, index: int) -> Any:
    drawn = (int(key), int(stream), int(entity), int(episode), int(day), int(index))
    if drawn in _drawn:
        raise RuntimeError(f"the same key was drawn twice: (key, stream, entity, episode, day, index) = {drawn}")
    _drawn.add(drawn)
    return _block(key, stream, entity, episode, day, index)


block = _audited_block if AUDIT else _block


def forget_audit() -> None:
    """Start a new audit: keys drawn so far may be drawn again (called when a run begins)."""
    _drawn.clear()


@fixed("float64(uint64, uint64)")
def unit(high, low):
    """Uniform in the open interval (0, 1) from two 32-bit words: the odd multiples of 2^-53."""
    return float(((high << _21) | (low >> _11)) | _ONE) * 1.1102230246251565e-16


@fixed("float64(uint64, int64, int64, int64, int64, int64)")
def uniform(key, stream, entity, episode, day, index):
    """One uniform in (0, 1)."""
    a, b, _, _ = block(key, stream, entity, episode, day, index)
    return unit(a, b)


@fixed("UniTuple(float64, 2)(uint64, int64, int64, int64, int64, int64)")
def uniform_pair(key, stream, entity, episode, day, index):
    """Two independent uniforms in (0, 1) for the price of one."""
    a, b, c, d = block(key, stream, entity, episode, day, index)
    return unit(a, b), unit(c, d)


@fixed("float64(uint64)")
def short_unit(word):
    """Uniform in the open interval (0, 1) from one 32-bit word: the odd multiples of 2^-33."""
    return (float(word) + 0.5) * 2.3283064365386963e-10


@fixed("UniTuple(float64, 4)(uint64, int64, int64, int64, int64, int64)")
def uniform_four(key, stream, entity, episode, day, index):
    """Four independent uniforms in (0, 1) of 32 bits each for the price of one."""
    a, b, c, d = block(key, stream, entity, episode, day, index)
    return short_unit(a), short_unit(b), short_unit(c), short_unit(d)


@fixed("float64(uint64, int64, int64, int64, int64, int64)")
def exponential(key, stream, entity, episode, day, index):
    """A unit exponential: the threshold that a cumulative hazard must reach."""
    return -math.log(uniform(key, stream, entity, episode, day, index))


@fixed("int64(uint64, int64, int64, int64, int64)")
def rank(key, entity, episode, day, index):
    """Keyed rank for ties and queues: 32 bits that do not depend on any list order; `index` tells uses apart."""
    a, _, _, _ = block(key, QUEUE, entity, episode, day, index)
    return np.int64(a)


@fixed("float64(float64)")
def normal_quantile(u):
    """Standard normal quantile, algorithm AS 241 (Wichura 1988, 10.2307/2347330); u in (0, 1)."""
    q = u - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        num = (
            (
                (
                    (
                        ((2.5090809287301226727e3 * r + 3.3430575583588128105e4) * r + 6.7265770927008700853e4) * r
                        + 4.5921953931549871457e4
                    )
                    * r
                    + 1.3731693765509461125e4
                )
                * r
                + 1.9715909503065514427e3
            )
            * r
            + 1.3314166789178437745e2
        ) * r + 3.3871328727963666080e0
        den = (
            (
                (
                    (
                        ((5.2264952788528545610e3 * r + 2.8729085735721942674e4) * r + 3.9307895800092710610e4) * r
                        + 2.1213794301586595867e4
                    )
                    * r
                    + 5.3941960214247511077e3
                )
                * r
                + 6.8718700749205790830e2
            )
            * r
            + 4.2313330701600911252e1
        ) * r + 1.0
        return q * num / den
    r = math.sqrt(-math.log(min(u, 1.0 - u)))
    if r <= 5.0:
        r -= 1.6
        num = (
            (
                (
                    (
                        ((7.74545014278341407640e-4 * r + 2.27238449892691845833e-2) * r + 2.41780725177450611770e-1)
                        * r
                        + 1.27045825245236838258e0
                    )
                    * r
                    + 3.64784832476320460504e0
                )
                * r
                + 5.76949722146069140550e0
            )
            * r
            + 4.63033784615654529590e0
        ) * r + 1.42343711074968357734e0
        den = (
            (
                (
                    (
                        ((1.05075007164441684324e-9 * r + 5.47593808499534494600e-4) * r + 1.51986665636164571966e-2)
                        * r
                        + 1.48103976427480074590e-1
                    )
                    * r
                    + 6.89767334985100004550e-1
                )
                * r
                + 1.67638483018380384940e0
            )
            * r
            + 2.05319162663775882187e0
        ) * r + 1.0
    else:
        r -= 5.0
        num = (
            (
                (
                    (
                        ((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r + 1.24266094738807843860e-3)
                        * r
                        + 2.65321895265761230930e-2
                    )
                    * r
                    + 2.96560571828504891230e-1
                )
                * r
                + 1.78482653991729133580e0
            )
            * r
            + 5.46378491116411436990e0
        ) * r + 6.65790464350110377720e0
        den = (
            (
                (
                    (
                        ((2.04426310338993978564e-15 * r + 1.42151175831644588870e-7) * r + 1.84631831751005468180e-5)
                        * r
                        + 7.86869131145613259100e-4
                    )
                    * r
                    + 1.48753612908506148525e-2
                )
                * r
                + 1.36929880922735805310e-1
            )
            * r
            + 5.99832206555887937690e-1
        ) * r + 1.0
    return math.copysign(num / den, q)


@fixed("int64(float64, float64)")
def poisson_quantile(u, mean):
    """Poisson quantile by summation; mean ≥ 0 (cost grows with the mean)."""
    if mean > 500.0:
        return max(0, int(mean + math.sqrt(mean) * normal_quantile(u) + 0.5))
    p = math.exp(-mean)
    total = p
    k = 0
    while u > total and k < 2000:
        k += 1
        p *= mean / k
        total += p
    return k


@fixed("int64(float64, float64)")
def geometric_quantile(u, mean):
    """Days ≥ 1 with the given mean ≥ 1: the quantile of a geometric distribution."""
    if mean <= 1.0:
        return 1
    return max(1, int(math.ceil(math.log(u) / math.log(1.0 - 1.0 / mean))))


def derive_key(seed: int, replication: int, part: int = 0) -> int:
    """Key of one run, mixed from seed and replication.

    Args:
        seed: 0 ≤ seed < 2^64.
        replication: 0 ≤ replication < 2^32.
        part: 0 the run itself, 1 the usual care before its first day, 2 the usual care that measures who stays.

    Returns:
        A 64-bit key.

    Raises:
        ValueError: A value is not an integer or lies outside its range.
    """
    for name, value, bits in (("seed", seed, 64), ("replication", replication, 32)):
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or not 0 <= int(value) < 2**bits:
            raise ValueError(f"{name} must be an integer from 0 to 2^{bits} - 1, not {value!r}")
    plain = getattr(philox, "py_func", philox)
    seed, replication = int(seed), int(replication)
    words = (seed & 0xFFFFFFFF, seed >> 32, replication, part)
    a, b, _, _ = plain(*(np.uint64(w) for w in words), np.uint64(0x50656572), np.uint64(0x62726467))
    return int(a) << 32 | int(b)


def named_uniforms(seed: int, name: str, n: int) -> NDArray[np.float64]:
    """Uniform numbers for a sample outside the model, such as draws of a parameter: one row of numbers per name.

    They depend on the seed and the name alone (SHAKE-256, FIPS 202), so that a sample keeps its numbers where other
    names come or go.

    Args:
        seed: 0 <= seed < 2^64.
        name: What the numbers are for.
        n: How many.

    Returns:
        Shape (n,), in the open interval from 0 to 1.
    """
    raw = hashlib.shake_256(f"{seed}:{name}".encode()).digest(8 * n)
    words = np.frombuffer(raw, dtype="<u8") >> np.uint64(11)
    return (words.astype(np.float64) + 0.5) * 2.0**-53


def seed_from(rng: object) -> int:
    """An integer seed from what Mesa users pass as `rng`: an integer, a NumPy generator, or None for a fresh seed.

    A text field of a Mesa page sends an integer as text.

    Raises:
        ValueError: `rng` is none of these, or an integer outside 0 to 2^64 - 1.
    """
    if rng is None:
        return int(np.random.SeedSequence().generate_state(1, np.uint64)[0])
    if isinstance(rng, np.random.Generator):
        return int(rng.integers(0, 2**63))
    if isinstance(rng, str) and re.fullmatch(r" *[0-9]{1,20} *", rng):  # from a text field of a Mesa page
        rng = int(rng)
    derive_key(rng, 0)  # type: ignore[arg-type]
    return int(rng)  # type: ignore[call-overload]
