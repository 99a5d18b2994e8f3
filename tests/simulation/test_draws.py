"""The random numbers: published vectors, samplers, keys, registry, audit, and batteries on interleaved streams."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numba import njit
from scipy import special, stats

from simulation import draws
from tests.simulation.small import in_new_process

ALMOST_NEVER = 1e-6
"""Least p-value that passes. The numbers are fixed, so a test that has passed cannot fail by chance."""

words = st.integers(0, 2**32 - 1)


def philox_of_the_paper(counter: tuple[int, ...], key: tuple[int, ...]) -> tuple[int, ...]:
    """Philox 4x32-10 in Python integers, written from Salmon et al. 2011, section 3.3 and table 2."""
    left0, right0, left1, right1 = counter[1], counter[0], counter[3], counter[2]
    k0, k1 = key
    for _ in range(10):
        high0, low0 = divmod(0xD2511F53 * right0, 2**32)
        high1, low1 = divmod(0xCD9E8D57 * right1, 2**32)
        right0, left0, right1, left1 = high1 ^ left0 ^ k0, low1, high0 ^ left1 ^ k1, low0
        k0, k1 = (k0 + 0x9E3779B9) % 2**32, (k1 + 0xBB67AE85) % 2**32
    return right0, left0, right1, left1


def philox(counter: tuple[int, ...], key: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(int(word) for word in draws.philox(*(np.uint64(word) for word in (*counter, *key))))


@pytest.mark.interpreted
@pytest.mark.parametrize(
    ("counter", "key", "expected"),
    [
        ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
        ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
        ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
    ],
)
def test_known_answers_of_random123(counter: str, key: str, expected: str) -> None:
    counter_words, key_words, answer = (
        tuple(int(word, 16) for word in text.split()) for text in (counter, key, expected)
    )
    assert philox(counter_words, key_words) == answer
    assert philox_of_the_paper(counter_words, key_words) == answer


@settings(deadline=None)
@given(st.tuples(words, words, words, words), st.tuples(words, words))
def test_philox_is_that_of_the_paper(counter: tuple[int, ...], key: tuple[int, ...]) -> None:
    assert philox(counter, key) == philox_of_the_paper(counter, key)


@pytest.mark.interpreted
def test_a_draw_is_the_block_of_its_key() -> None:
    key = draws.derive_key(5, 6)
    words_of_key = (key & 0xFFFFFFFF, key >> 32)
    block = philox_of_the_paper((4_000, 12 << 16 | 3, 2, 77), words_of_key)
    expected = [((a << 21 | b >> 11) | 1) * 2.0**-53 for a, b in (block[:2], block[2:])]
    assert list(draws.uniform_pair(np.uint64(key), 12, 4_000, 2, 77, 3)) == expected
    assert list(draws.uniform_four(np.uint64(key), 12, 4_000, 2, 77, 3)) == [
        (2 * word + 1) * 2.0**-33 for word in block
    ]
    assert draws.uniform(np.uint64(key), 12, 4_000, 2, 77, 3) == expected[0]
    assert draws.exponential(np.uint64(key), 12, 4_000, 2, 77, 3) == -math.log(expected[0])
    assert (
        draws.rank(np.uint64(key), 4_000, 2, 77, 3)
        == philox_of_the_paper((4_000, draws.QUEUE << 16 | 3, 2, 77), words_of_key)[0]
    )


@pytest.mark.interpreted
def test_uniforms_are_open_at_both_ends() -> None:
    most = np.uint64(2**32 - 1)
    assert draws.unit(np.uint64(0), np.uint64(0)) == 2.0**-53
    assert draws.unit(most, most) == 1.0 - 2.0**-53


def test_uniforms_use_53_bits() -> None:
    assert draws.unit(np.uint64(0), np.uint64(3 << 11)) == 3 * 2.0**-53
    assert draws.unit(np.uint64(1), np.uint64(0)) == 2.0**-32 + 2.0**-53


@pytest.mark.interpreted
def test_normal_quantiles() -> None:
    tail = 10.0 ** -np.arange(1, 16)
    for u in np.concatenate([np.linspace(0.001, 0.999, 999), tail, 1 - tail, [2.0**-53, 1 - 2.0**-53, 0.5]]):
        assert draws.normal_quantile(u) == pytest.approx(float(special.ndtri(u)), rel=5e-15, abs=5e-16)


@settings(deadline=None)
@given(st.floats(2.0**-53, 1 - 2.0**-53), st.floats(0.0, 500.0))
@example(1 - 2.0**-53, 500.0)
@example(0.5, 0.0)
def test_poisson_quantiles(u: float, mean: float) -> None:
    k = int(draws.poisson_quantile(u, mean))
    if mean == 0.0:
        assert k == 0
    elif k != int(stats.poisson.ppf(u, mean)):  # both are right only where u falls on a step
        assert min(abs(stats.poisson.cdf(np.array([k - 1, k, k + 1]), mean) - u)) < 1e-12


@settings(deadline=None)
@given(st.floats(0.001, 0.999), st.floats(500.1, 1e5))
def test_poisson_quantiles_of_large_means_are_close(u: float, mean: float) -> None:
    assert abs(int(draws.poisson_quantile(u, mean)) - stats.poisson.ppf(u, mean)) <= 3


@settings(deadline=None)
@given(st.floats(2.0**-53, 1 - 2.0**-53), st.floats(1.0, 400.0))
@example(0.3, 1.0)
def test_geometric_quantiles(u: float, mean: float) -> None:
    days = int(draws.geometric_quantile(u, mean))
    assert days >= 1
    if mean == 1.0:
        assert days == 1
    elif days != int(stats.geom.isf(u, 1 / mean)):
        assert min(abs(stats.geom.sf(np.array([days - 1, days, days + 1]), 1 / mean) - u)) < 1e-9


def test_the_registry_refuses_duplicates() -> None:
    before = dict(draws.STREAMS)
    for ident, name in ((1, "a new name"), (60_001, next(iter(draws.STREAMS))), (0, "zero"), (65_536, "too large")):
        with pytest.raises(ValueError, match="registered already|outside"):
            draws._stream(ident, name)
    assert before == draws.STREAMS
    assert len(set(draws.STREAMS.values())) == len(draws.STREAMS)


def test_every_stream_is_used() -> None:
    sources = {p.name: p.read_text(encoding="utf-8") for p in Path(draws.__file__).parent.rglob("*.py")}
    own = sources.pop("draws.py")
    names = [line.split(" = ")[0] for line in own.splitlines() if " = _stream(" in line]
    assert len(names) == len(draws.STREAMS)
    elsewhere = ["QUEUE", "ASSUMED_EFFECT"]  # behind draws.rank; in experiments.trials.run
    assert [name for name in names if not any(f"draws.{name}," in text for text in sources.values())] == elsewhere


def test_keys_mix_seed_and_replication() -> None:
    keys = {draws.derive_key(seed, replication) for seed in range(64) for replication in range(64)}
    assert len(keys) == 64 * 64
    flips = [(draws.derive_key(9, 9) ^ draws.derive_key(9 ^ 1 << bit, 9)).bit_count() for bit in range(64)] + [
        (draws.derive_key(9, 9) ^ draws.derive_key(9, 9 ^ 1 << bit)).bit_count() for bit in range(32)
    ]
    assert 12 <= min(flips) and max(flips) <= 52
    assert abs(sum(flips) / len(flips) - 32) < 4 * 4 / math.sqrt(len(flips))


@pytest.mark.interpreted
def test_keys_fit_into_64_bits() -> None:
    assert all(0 <= draws.derive_key(seed, r) < 2**64 for seed in (0, 2**64 - 1) for r in (0, 2**32 - 1))
    assert draws.derive_key(np.int64(3), np.uint8(4)) == draws.derive_key(3, 4)


@pytest.mark.parametrize("bad", [-1, 2**64, True, 1.0, "1", None, math.nan])
def test_bad_seeds_are_refused(bad: object) -> None:
    with pytest.raises(ValueError, match="seed must be an integer from 0 to 2\\^64 - 1"):
        draws.derive_key(bad, 0)  # type: ignore[arg-type]


@pytest.mark.parametrize("bad", [-1, 2**32, False, 0.0, "0", None])
def test_bad_replications_are_refused(bad: object) -> None:
    with pytest.raises(ValueError, match="replication must be an integer from 0 to 2\\^32 - 1"):
        draws.derive_key(0, bad)  # type: ignore[arg-type]


def test_a_key_drawn_twice_raises_in_the_audit() -> None:
    code = """
from simulation import draws
key = draws.derive_key(1, 0)
draws.uniform(key, 1, 5, 0, 0, 0); draws.uniform(key, 1, 5, 0, 0, 1); draws.uniform(key, 2, 5, 0, 0, 0)
try:
    draws.exponential(key, 1, 5, 0, 0, 1)
except RuntimeError as error:
    assert "drawn twice" in str(error)
    draws.forget_audit()
    draws.exponential(key, 1, 5, 0, 0, 1)
    print("refused")
"""
    assert in_new_process(code, NUMBA_DISABLE_JIT="1", PEERBRIDGE_AUDIT_DRAWS="1") == "refused"


def test_no_key_is_drawn_twice_in_a_run() -> None:
    code = """
import sys
sys.path.insert(0, "tests/simulation")
from small import SCENARIOS, small
from simulation import draws
from simulation.engine import simulate
assert draws.AUDIT
where = {"share_unit": 0.5, "share_ed": 0.0, "share_community": 0.5}
busy = small(120, programme=where | {"referral_delay_days": 3, "caseload_cap": 4})
short = small(60, 40, 40, programme={"peers": 1, "navigators": 1, "share_unit": 0.5, "shift_minutes": 60})
kinds = set()
for config in (*SCENARIOS.values(), busy, short):
    config = config.model_copy(update={"population": config.population.model_copy(update={"size": 120})})
    kinds |= set(simulate(config, 1).events["event"])
    assert draws._drawn
print(len(kinds))
"""
    kinds = int(in_new_process(code, NUMBA_DISABLE_JIT="1", PEERBRIDGE_AUDIT_DRAWS="1"))
    assert kinds >= 35  # of 37: hardly a mechanism had nothing to draw


@njit(nogil=True)
def fill(key, streams, entities, episodes, days, indices, out):  # type: ignore[no-untyped-def]
    """Uniforms in the order in which nested loops over the keys would draw them."""
    n = 0
    for day in range(days):
        for episode in range(episodes):
            for entity in range(entities):
                for stream in streams:
                    for index in range(0, indices, 2):
                        a, b = draws.uniform_pair(key, stream, entity, episode, day, index)
                        out[n] = a
                        out[n + 1] = b
                        n += 2


def interleaved(key: int, streams: int, entities: int, episodes: int, days: int, indices: int) -> np.ndarray:
    ids = np.array(sorted(draws.STREAMS.values())[:streams])
    out = np.zeros(len(ids) * entities * episodes * days * ((indices + 1) // 2) * 2)
    fill(np.uint64(key), ids, entities, episodes, days, indices, out)
    assert (out > 0).all() and (out < 1).all()
    return out


def chi_square(observed: np.ndarray, expected: np.ndarray | float) -> float:
    """Two-sided p-value: too even is as suspect as too uneven."""
    expected = np.broadcast_to(expected, observed.shape)
    p = stats.chi2.sf(((observed - expected) ** 2 / expected).sum(), observed.size - 1)
    return float(2 * min(p, 1 - p))


def normal(z: float) -> float:
    return float(2 * stats.norm.sf(abs(z)))


def integers(u: np.ndarray) -> np.ndarray:
    """The 52 random bits above the last, which is always 1."""
    return (u * 2.0**53).astype(np.uint64) >> np.uint64(1)


def battery(u: np.ndarray, lags: int) -> dict[str, float]:
    """p-values of tests of uniformity and of independence in the given order."""
    n = u.size
    p = {
        "frequency": chi_square(np.bincount((u * 1024).astype(np.int64), minlength=1024), n / 1024),
        "Kolmogorov-Smirnov": float(stats.kstest(u, "uniform").pvalue),
        "pairs": chi_square(
            np.bincount((u[0::2] * 64).astype(np.int64) * 64 + (u[1::2] * 64).astype(np.int64), minlength=4096),
            n / 2 / 4096,
        ),
    }
    centred = (u - 0.5) * math.sqrt(12)
    for lag in range(1, lags + 1):
        p[f"correlation at lag {lag}"] = normal(float((centred[:-lag] * centred[lag:]).sum()) / math.sqrt(n - lag))
    k = integers(u)
    previous = None
    for bit in range(52):
        ones = (k >> np.uint64(bit)).astype(np.uint8) & 1
        p[f"bit {bit}"] = normal((2 * float(ones.sum()) - n) / math.sqrt(n))
        p[f"bit {bit}, runs"] = normal((2 * float((ones[1:] ^ ones[:-1]).sum()) - (n - 1)) / math.sqrt(n - 1))
        if previous is not None:
            p[f"bits {bit - 1} and {bit}"] = normal((2 * float((ones ^ previous).sum()) - n) / math.sqrt(n))
        previous = ones
    triples = u[: n // 3 * 3].reshape(-1, 3).argsort(axis=1)
    orders = np.bincount(triples[:, 0] * 3 + triples[:, 1], minlength=9)
    p["orders of three"] = chi_square(orders[[1, 2, 3, 5, 6, 7]], n // 3 / 6)
    largest = u[: n // 8 * 8].reshape(-1, 8).max(axis=1) ** 8
    p["largest of eight"] = float(stats.kstest(largest, "uniform").pvalue)
    weights = np.bitwise_count(k).astype(np.int64)
    low, high = 18, 34
    share = stats.binom.pmf(np.arange(low, high + 1), 52, 0.5)
    share[0], share[-1] = stats.binom.cdf(low, 52, 0.5), stats.binom.sf(high - 1, 52, 0.5)
    p["weights"] = chi_square(np.bincount(np.clip(weights, low, high) - low, minlength=share.size), share * n)
    w = (weights - 26) / math.sqrt(13)
    p["weights of neighbours"] = normal(float((w[:-1] * w[1:]).sum()) / math.sqrt(n - 1))
    return p


def birthdays(u: np.ndarray, shift: int) -> float:
    """Marsaglia's birthday spacings: 4,096 birthdays in 2^32 days have 4 equal spacings on average."""
    days = (integers(u) >> np.uint64(shift)).astype(np.int64) & 0xFFFFFFFF
    years = np.sort(days[: days.size // 4096 * 4096].reshape(-1, 4096), axis=1)
    spacings = np.sort(np.diff(years, axis=1), axis=1)
    equal = int((np.diff(spacings, axis=1) == 0).sum())
    mean = 4.0 * len(years)
    return float(2 * min(stats.poisson.cdf(equal, mean), stats.poisson.sf(equal - 1, mean)))


def rank_of_bits(rows: list[int]) -> int:
    """Rank of a matrix over the field of two elements; each row is an integer."""
    rank = 0
    while rows:
        row = rows.pop()
        if row:
            rank += 1
            low = row & -row
            rows = [other ^ row if other & low else other for other in rows]
    return rank


def ranks(u: np.ndarray, matrices: int) -> float:
    """Ranks of 32 by 32 matrices of bits: 28.9 % full, 57.8 % one less, 13.4 % lower."""
    k = (integers(u) >> np.uint64(20)).astype(np.int64)[: 32 * matrices].reshape(-1, 32)
    found = np.array([min(32 - rank_of_bits(m.tolist()), 2) for m in k])
    return chi_square(
        np.bincount(found, minlength=3), np.array([0.2887880951, 0.5775761902, 0.1336357147]) * len(found)
    )


def fails(p: dict[str, float]) -> dict[str, float]:
    return {name: value for name, value in p.items() if not value > ALMOST_NEVER}


KEY = draws.derive_key(20_211, 0)
ALL = len(draws.STREAMS)
ORDERS = {
    "one person after the other": (1, 65_536, 1, 1, 2),
    "all streams of a person": (ALL, 1_024, 1, 1, 4),
    "a stream day by day": (1, 128, 1, 512, 2),
    "stays of a few people": (4, 16, 64, 8, 4),
    "indices of one draw": (1, 4, 1, 4, 8_192),
}


@pytest.mark.parametrize("order", ORDERS)
def test_interleaved_streams_are_uniform_and_independent(order: str) -> None:
    u = interleaved(KEY, *ORDERS[order])
    p = battery(u, 16) | {"birthdays": birthdays(u, 0), "birthdays above": birthdays(u, 20), "ranks": ranks(u, 500)}
    assert not fails(p)


def test_the_battery_sees_a_bad_generator() -> None:
    n = 65_536
    state, out = 1, []
    for _ in range(n):
        state = (65_539 * state) % 2**31  # RANDU
        out.append((state + 0.5) / 2**31)
    u = np.array(out)
    assert fails(battery(u, 4))
    weak = interleaved(KEY, 1, n, 1, 1, 2)
    weak[1::2] = 0.999 * weak[1::2] + 0.001 * weak[0::2]
    weak[1::50] = weak[0::50]
    assert "correlation at lag 1" in fails(battery(weak, 2))


def test_streams_seeds_and_people_are_uncorrelated() -> None:
    n = 20_000
    series = [interleaved(draws.derive_key(seed, r), 1, n // 2, 1, 1, 2) for seed in range(6) for r in range(6)]
    by_stream = interleaved(KEY, ALL, n, 1, 1, 2).reshape(n, -1)
    for x in (np.array(series), by_stream.T):
        r = np.corrcoef(x)
        worst = np.abs(r[np.triu_indices(len(x), 1)]).max()
        pairs = len(x) * (len(x) - 1) / 2
        assert normal(worst * math.sqrt(n)) * pairs > 1e-3


@njit(nogil=True)
def flipped_bits(key, out):  # type: ignore[no-untyped-def]
    """Share of output bits that change when one bit of one part of the key does: (part, bit)."""
    one = np.uint64(1)
    for trial in range(256):
        entity, episode, day, index = 31 * trial + 5, 7 * trial + 1, 3 * trial, trial % 7
        base = draws.philox(*parts(key, 12, entity, episode, day, index))
        for bit in range(32):
            wide = np.int64(1) << bit
            for part in range(6):
                if part == 0:
                    other = draws.philox(*parts(key ^ (one << np.uint64(bit)), 12, entity, episode, day, index))
                elif part == 1:
                    other = draws.philox(*parts(key ^ (one << np.uint64(bit + 32)), 12, entity, episode, day, index))
                elif part == 2:
                    other = draws.philox(*parts(key, 12, entity ^ wide, episode, day, index))
                elif part == 3:
                    other = draws.philox(*parts(key, 12, entity, episode ^ wide, day, index))
                elif part == 4:
                    other = draws.philox(*parts(key, 12, entity, episode, day ^ wide, index))
                else:
                    small = np.int64(1) << (bit % 16)
                    if bit < 16:
                        other = draws.philox(*parts(key, 12, entity, episode, day, index ^ small))
                    else:
                        other = draws.philox(*parts(key, 12 ^ small, entity, episode, day, index))
                for word in range(4):
                    x = base[word] ^ other[word]
                    while x:
                        x &= x - one
                        out[part, bit] += 1.0 / (256 * 128)


@njit(inline="always")
def parts(key, stream, entity, episode, day, index):  # type: ignore[no-untyped-def]
    mask = np.uint64(0xFFFFFFFF)
    return (
        np.uint64(entity) & mask,
        (np.uint64(stream) << np.uint64(16)) | np.uint64(index),
        np.uint64(episode) & mask,
        np.uint64(day) & mask,
        key & mask,
        key >> np.uint64(32),
    )


def test_every_bit_of_a_key_changes_half_of_the_bits_drawn() -> None:
    out = np.zeros((6, 32))
    flipped_bits(np.uint64(KEY), out)
    assert np.abs(out - 0.5).max() < 5.5 * 0.5 / math.sqrt(256 * 128)


@pytest.mark.slow
@pytest.mark.parametrize(
    "order",
    [(1, 2**21, 1, 1, 4), (ALL, 2**16, 1, 1, 4), (1, 2**13, 1, 2**9, 2), (4, 2**8, 64, 16, 8), (1, 64, 1, 64, 2**11)],
)
@pytest.mark.parametrize("seed", [0, 2**64 - 1])
def test_interleaved_streams_at_length(seed: int, order: tuple[int, int, int, int, int]) -> None:
    u = interleaved(draws.derive_key(seed, 1), *order)
    assert u.size >= 2**21
    p = battery(u, 64) | {f"birthdays above bit {s}": birthdays(u, s) for s in (0, 4, 8, 12, 16, 20)}
    p["ranks"] = ranks(u, 20_000)
    assert not fails(p)


def test_a_seed_from_a_text_field_is_a_seed():
    assert draws.seed_from("42") == draws.seed_from(" 42 ") == 42
    for text in ("", "x", "-1", "4.2", "１２", "9" * 21):
        with pytest.raises(ValueError):
            draws.seed_from(text)
