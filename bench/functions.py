"""Functions of loops as people write them, plain Python: `compiled.py` compiles each with both.

What enters are numbers and NumPy's arrays, which no function changes; what leaves is a number or a
new array. Nothing here is written for one compiler: each is what a user of Numba would write.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np


def dot(a: Any, b: Any) -> Any:
    """Sum of products."""
    total = 0.0
    for k in range(a.size):
        total += a[k] * b[k]
    return total


def mandelbrot(height: Any, width: Any, most: Any) -> Any:
    """Rounds until a point leaves."""
    out = np.zeros((height, width), dtype=np.int64)
    for i in range(height):
        for j in range(width):
            c_re, c_im = -2.0 + 3.0 * j / width, -1.0 + 2.0 * i / height
            x = y = 0.0
            n = 0
            while n < most and x * x + y * y < 4.0:
                x, y = x * x - y * y + c_re, 2.0 * x * y + c_im
                n += 1
            out[i, j] = n
    return out


def n_body(start: Any, speeds: Any, masses: Any, steps: Any, dt: Any) -> Any:
    """Bodies that attract each other, one step after another."""
    p, v = start.copy(), speeds.copy()
    n = p.shape[0]
    for _ in range(steps):
        for i in range(n):
            for j in range(i + 1, n):
                dx = p[i, 0] - p[j, 0]
                dy = p[i, 1] - p[j, 1]
                dz = p[i, 2] - p[j, 2]
                square = dx * dx + dy * dy + dz * dz
                force = dt / (square * math.sqrt(square))
                v[i, 0] -= dx * masses[j] * force
                v[i, 1] -= dy * masses[j] * force
                v[i, 2] -= dz * masses[j] * force
                v[j, 0] += dx * masses[i] * force
                v[j, 1] += dy * masses[i] * force
                v[j, 2] += dz * masses[i] * force
        for i in range(n):
            for k in range(3):
                p[i, k] += dt * v[i, k]
    return p


def matmul(a: Any, b: Any) -> Any:
    """Three loops."""
    out = np.empty((a.shape[0], b.shape[1]))
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            total = 0.0
            for k in range(a.shape[1]):
                total += a[i, k] * b[k, j]
            out[i, j] = total
    return out


def game_of_life(board: Any, steps: Any) -> Any:
    """Cells on a torus."""
    n, m = board.shape
    old, new = board.copy(), board.copy()
    for _ in range(steps):
        for i in range(n):
            up, down = (i - 1) % n, (i + 1) % n
            for j in range(m):
                left, right = (j - 1) % m, (j + 1) % m
                count = (
                    old[up, left] + old[up, j] + old[up, right] + old[i, left]
                    + old[i, right] + old[down, left] + old[down, j] + old[down, right]
                )  # fmt: skip
                if old[i, j] == 1:
                    new[i, j] = 1 if count == 2 or count == 3 else 0
                else:
                    new[i, j] = 1 if count == 3 else 0
        old, new = new, old
    return old


def levenshtein(a: Any, b: Any) -> Any:
    """Least number of edits from one word to another."""
    before, row = np.empty(b.size + 1, dtype=np.int64), np.empty(b.size + 1, dtype=np.int64)
    for j in range(b.size + 1):
        before[j] = j
    for i in range(a.size):
        row[0] = i + 1
        for j in range(b.size):
            change = before[j] + (1 if a[i] != b[j] else 0)
            row[j + 1] = min(min(row[j] + 1, before[j + 1] + 1), change)
        before, row = row, before
    return before[b.size]


def sieve(n: Any) -> Any:
    """How many primes there are below a number."""
    prime = np.ones(n, dtype=np.bool_)
    prime[0] = prime[1] = False
    i = 2
    while i * i < n:
        if prime[i]:
            for k in range(i * i, n, i):
                prime[k] = False
        i += 1
    count = 0
    for k in range(n):
        if prime[k]:
            count += 1
    return count


def histogram(values: Any, low: Any, high: Any, bins: Any) -> Any:
    """Counts of values in bins of one width."""
    counts = np.zeros(bins, dtype=np.int64)
    scale = bins / (high - low)
    for k in range(values.size):
        place = int((values[k] - low) * scale)
        if 0 <= place < bins:
            counts[place] += 1
    return counts


def k_means(points: Any, first: Any, rounds: Any) -> Any:
    """Centres of groups of points."""
    centres = first.copy()
    n, d = points.shape
    for _ in range(rounds):
        sums, counts = np.zeros(centres.shape), np.zeros(centres.shape[0])
        for i in range(n):
            best, nearest = np.inf, 0
            for c in range(centres.shape[0]):
                distance = 0.0
                for k in range(d):
                    distance += (points[i, k] - centres[c, k]) ** 2
                if distance < best:
                    best, nearest = distance, c
            counts[nearest] += 1.0
            for k in range(d):
                sums[nearest, k] += points[i, k]
        for c in range(centres.shape[0]):
            for k in range(d):
                centres[c, k] = sums[c, k] / counts[c]
    return centres


def floyd_warshall(lengths: Any) -> Any:
    """Shortest ways between all pairs."""
    d = lengths.copy()
    n = d.shape[0]
    for k in range(n):
        for i in range(n):
            for j in range(n):
                if d[i, k] + d[k, j] < d[i, j]:
                    d[i, j] = d[i, k] + d[k, j]
    return d


def monte_carlo_pi(samples: Any, seed: Any) -> Any:
    """Points in a square that lie in its circle."""
    state, inside = seed, 0
    for _ in range(samples):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        x = state / 2147483648.0
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        y = state / 2147483648.0
        if x * x + y * y < 1.0:
            inside += 1
    return 4.0 * inside / samples


def merge_sort(values: Any) -> Any:
    """Runs that meet in pairs."""
    a, b = values.copy(), np.empty_like(values)
    n, width = a.size, 1
    while width < n:
        for low in range(0, n, 2 * width):
            middle, high = min(low + width, n), min(low + 2 * width, n)
            i, j = low, middle
            for k in range(low, high):
                if i < middle and (j >= high or a[i] <= a[j]):
                    b[k] = a[i]
                    i += 1
                else:
                    b[k] = a[j]
                    j += 1
        a, b = b, a
        width *= 2
    return a


def tridiagonal(lower: Any, diagonal: Any, upper: Any, right: Any) -> Any:
    """Thomas's elimination."""
    n = diagonal.size
    c, x = np.empty(n), np.empty(n)
    c[0] = upper[0] / diagonal[0]
    x[0] = right[0] / diagonal[0]
    for k in range(1, n):
        pivot = diagonal[k] - lower[k] * c[k - 1]
        c[k] = upper[k] / pivot
        x[k] = (right[k] - lower[k] * x[k - 1]) / pivot
    for k in range(n - 2, -1, -1):
        x[k] -= c[k] * x[k + 1]
    return x


def black_scholes(price: Any, strike: Any, years: Any, rate: Any, sigma: Any) -> Any:
    """Prices of calls and puts, the normal distribution by a polynomial."""
    call, put = np.empty_like(price), np.empty_like(price)
    for i in range(price.size):
        root = math.sqrt(years[i])
        d1 = (math.log(price[i] / strike[i]) + (rate + 0.5 * sigma * sigma) * years[i]) / (
            sigma * root
        )
        d2 = d1 - sigma * root
        k1, k2 = 1.0 / (1.0 + 0.2316419 * abs(d1)), 1.0 / (1.0 + 0.2316419 * abs(d2))
        p1 = k1 * (0.31938153 + k1 * (-0.356563782 + k1 * (1.781477937 + k1 * (-1.821255978))))
        p2 = k2 * (0.31938153 + k2 * (-0.356563782 + k2 * (1.781477937 + k2 * (-1.821255978))))
        n1 = 0.3989422804014327 * math.exp(-0.5 * d1 * d1) * p1
        n2 = 0.3989422804014327 * math.exp(-0.5 * d2 * d2) * p2
        if d1 > 0:
            n1 = 1.0 - n1
        if d2 > 0:
            n2 = 1.0 - n2
        discount = math.exp(-rate * years[i])
        call[i] = price[i] * n1 - strike[i] * discount * n2
        put[i] = strike[i] * discount * (1.0 - n2) - price[i] * (1.0 - n1)
    return call, put


def sparse_matvec(data: Any, columns: Any, rows: Any, x: Any) -> Any:
    """A matrix of compressed rows times a vector."""
    out = np.zeros(rows.size - 1)
    for i in range(out.size):
        total = 0.0
        for k in range(rows[i], rows[i + 1]):
            total += data[k] * x[columns[k]]
        out[i] = total
    return out


def bilateral(image: Any, radius: Any, near: Any, alike: Any) -> Any:
    """A blur that keeps edges."""
    n, m = image.shape
    out = np.empty_like(image)
    for i in range(n):
        for j in range(m):
            total = weights = 0.0
            for k in range(max(0, i - radius), min(n, i + radius + 1)):
                for l in range(max(0, j - radius), min(m, j + radius + 1)):  # noqa: E741
                    apart = (k - i) ** 2 + (l - j) ** 2
                    change = image[k, l] - image[i, j]
                    weight = math.exp(-apart * near - change * change * alike)
                    total += weight * image[k, l]
                    weights += weight
            out[i, j] = total / weights
    return out


def smith_waterman(a: Any, b: Any, match: Any, mismatch: Any, gap: Any) -> Any:
    """The score of the best alignment of parts of two words."""
    score = np.zeros((a.size + 1, b.size + 1), dtype=np.int64)
    best = 0
    for i in range(1, a.size + 1):
        for j in range(1, b.size + 1):
            step = match if a[i - 1] == b[j - 1] else mismatch
            here = max(0, score[i - 1, j - 1] + step)
            here = max(here, score[i - 1, j] + gap)
            here = max(here, score[i, j - 1] + gap)
            score[i, j] = here
            best = max(best, here)
    return best


def n_queens(n: Any) -> Any:
    """Boards on which no queen attacks another, by going back."""
    columns = np.zeros(n, dtype=np.int64)
    solutions, row = 0, 0
    columns[0] = -1
    while row >= 0:
        columns[row] += 1
        if columns[row] == n:
            row -= 1
            continue
        free = True
        for other in range(row):
            apart = columns[row] - columns[other]
            if apart == 0 or apart == row - other or apart == other - row:
                free = False
                break
        if free:
            if row == n - 1:
                solutions += 1
            else:
                row += 1
                columns[row] = -1
    return solutions


# -- functions that do next to nothing, for the time of a call ------------------------------------


def two_numbers(x: Any, y: Any) -> Any:
    """A sum."""
    return x + y


def one_array(a: Any) -> Any:
    """An element."""
    return a[0]


def two_arrays(a: Any, b: Any) -> Any:
    """An element of each."""
    return a[0] + b[0]
