"""Monte Carlo and rolling statistics on stock prices.

Monthly prices of IBM, Apple and Microsoft since 1990, which matplotlib ships, give the drift and
the correlated deviations of a geometric Brownian motion (Glasserman, Monte Carlo Methods in
Financial Engineering, section 3.2). A portfolio held for five years is then simulated many times.

Run: python market.py [--out FOLDER] [--scale FACTOR]
"""

import argparse
import time
from pathlib import Path

import numpy as np
from matplotlib import cbook

MONTHS, WINDOW = 60, 12


def load(scale=1.0):
    """Return monthly log-returns of the three stocks, and standard normal shocks."""
    with cbook.get_sample_data("Stocks.csv") as file:
        prices = np.genfromtxt(file, delimiter=",", skip_header=2, usecols=(1, 2, 3))
    prices = prices[~np.isnan(prices).any(axis=1)]
    returns = np.diff(np.log(prices), axis=0)
    paths = max(1000, round(100_000 * scale))
    shocks = np.random.default_rng(1990).standard_normal((3, MONTHS, paths))
    return returns, shocks


def rolling(values, window):
    """Return mean and standard deviation of each `window` rows in a row."""
    sums = np.cumsum(values, axis=0)
    squares = np.cumsum(values * values, axis=0)
    mean = (sums[window:] - sums[:-window]) / window
    mean_square = (squares[window:] - squares[:-window]) / window
    return mean, np.sqrt(np.maximum(mean_square - mean * mean, 0.0))


def simulate(returns, shocks):
    """Return the portfolio's value at the end of each month on each path, starting at 1."""
    drift = returns.mean(axis=0)
    factor = np.linalg.cholesky(np.cov(returns, rowvar=False))
    total = np.zeros(shocks.shape[1:])
    for stock in range(3):
        step = drift[stock] + factor[stock, 0] * shocks[0]
        for source in range(1, stock + 1):
            step = step + factor[stock, source] * shocks[source]
        total += np.exp(np.cumsum(step, axis=0)) / 3.0
    return total


def compute(data):
    """Return the paths' statistics."""
    returns, shocks = data
    value = simulate(returns, shocks)
    peak = np.maximum.accumulate(value, axis=0)
    drawdown = (1.0 - value / peak).max(axis=0)
    monthly = np.log(value[1:] / value[:-1])
    mean, deviation = rolling(monthly, WINDOW)
    sharpe = mean / deviation * np.sqrt(12.0)
    final = value[-1]
    lowest = np.sort(final)[: final.size // 20]
    return {
        "value": value,
        "drawdown": drawdown,
        "sharpe": sharpe,
        "mean final value": final.mean(),
        "deviation of the final value": final.std(),
        "probability of a loss": np.count_nonzero(final < 1.0) / final.size,
        "expected value in the worst twentieth": lowest.mean(),
        "mean largest drawdown": drawdown.mean(),
        "mean rolling sharpe ratio": sharpe.mean(),
        "price of an Asian call at 1": np.maximum(value.mean(axis=0) - 1.0, 0.0).mean(),
    }


def draw(results, folder):
    """Write market.png: how far paths spread, and how deep they fall."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    bands = np.percentile(results["value"][:, :20000], (5, 25, 50, 75, 95), axis=1)
    months = np.arange(1, MONTHS + 1)
    left.fill_between(months, bands[0], bands[4], alpha=0.2)
    left.fill_between(months, bands[1], bands[3], alpha=0.4)
    left.plot(months, bands[2])
    left.set(title="value of the portfolio", xlabel="month", yscale="log")
    right.hist(results["drawdown"], bins=80)
    right.set(title="largest drawdown", xlabel="share of the peak")
    figure.savefig(folder / "market.png", dpi=110)


def main():
    """Compute, print the numbers and draw."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, help="folder for the picture")
    parser.add_argument("--scale", type=float, default=1.0, help="number of paths")
    options = parser.parse_args()
    data = load(options.scale)
    begin = time.perf_counter()
    results = compute(data)
    print(f"{data[1].shape[-1]:,} paths of {MONTHS} months")
    for name, value in results.items():
        if np.ndim(value) == 0:
            print(f"{name}: {value:.6g}")
    print(f"seconds: {time.perf_counter() - begin:.3f}")
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
        draw(results, options.out)


if __name__ == "__main__":
    main()
