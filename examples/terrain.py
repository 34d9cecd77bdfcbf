"""Hillshade, slope and diffusion of an elevation model, by array slices.

The model is the Jacksboro fault in Tennessee, which matplotlib ships, mirrored into a larger map.
Hillshade after Horn (1981), Hill shading and the reflectance map, Proc. IEEE 69; the diffusion is
the hillslope equation dz/dt = k (d2z/dx2 + d2z/dy2), explicit in time and truly in place.

Run: python terrain.py [--out FOLDER] [--scale FACTOR]
"""

import argparse
import time
from pathlib import Path

import numpy as np
from matplotlib import cbook

METRES_PER_DEGREE = 111_200.0
SUN_AZIMUTH, SUN_ALTITUDE = np.radians(315.0), np.radians(45.0)


def load(scale=1.0):
    """Return elevations in metres (mirrored `6 * scale` times a side) and the grid's spacing."""
    with cbook.get_sample_data("jacksboro_fault_dem.npz") as file:
        elevation = np.array(file["elevation"], dtype=np.float64)
        dy = float(file["dy"]) * METRES_PER_DEGREE
        dx = float(file["dx"]) * METRES_PER_DEGREE * np.cos(np.radians(36.6))
    row = np.concatenate([elevation, elevation[:, ::-1]], axis=1)
    tile = np.concatenate([row, row[::-1]], axis=0)
    count = max(1, round(3 * scale))
    return np.tile(tile, (count, count)), dx, dy


def slope_and_shade(z, dx, dy):
    """Return the steepest slope in degrees and the brightness in [0, 1] of each inner cell."""
    west = z[:-2, :-2] + 2.0 * z[1:-1, :-2] + z[2:, :-2]
    east = z[:-2, 2:] + 2.0 * z[1:-1, 2:] + z[2:, 2:]
    north = z[:-2, :-2] + 2.0 * z[:-2, 1:-1] + z[:-2, 2:]
    south = z[2:, :-2] + 2.0 * z[2:, 1:-1] + z[2:, 2:]
    p = (east - west) / (8.0 * dx)
    q = (south - north) / (8.0 * dy)
    steepness = np.arctan(np.sqrt(p * p + q * q))
    aspect = np.arctan2(q, -p)
    shade = np.sin(SUN_ALTITUDE) * np.cos(steepness) + np.cos(SUN_ALTITUDE) * np.sin(
        steepness
    ) * np.cos(SUN_AZIMUTH - np.pi / 2.0 - aspect)
    return np.degrees(steepness), np.clip(shade, 0.0, 1.0)


def diffuse(z, steps, rate=0.2):
    """Let a copy of `z` erode for `steps` steps of time; its border stays."""
    u = z.copy()
    for _ in range(steps):
        u[1:-1, 1:-1] += rate * (
            u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] - 4.0 * u[1:-1, 1:-1]
        )
    return u


def compute(data, steps=20):
    """Return the maps and a few numbers about them."""
    z, dx, dy = data
    slope, shade = slope_and_shade(z, dx, dy)
    eroded = diffuse(z, steps)
    smooth_slope, smooth_shade = slope_and_shade(eroded, dx, dy)
    return {
        "slope": slope,
        "shade": shade,
        "eroded": eroded,
        "smooth_shade": smooth_shade,
        "mean slope": slope.mean(),
        "mean slope, eroded": smooth_slope.mean(),
        "share steeper than 20 degrees": (slope > 20.0).mean(),
        "largest change in metres": np.abs(eroded - z).max(),
    }


def draw(results, folder):
    """Write terrain.png: the shaded map before and after."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 4.4), layout="constrained")
    names = ("shade", "smooth_shade", "slope")
    for axes, name in zip(figure.subplots(1, 3), names, strict=True):
        axes.imshow(results[name][:342, :401], cmap="gray" if "shade" in name else "magma")
        axes.set(title=name.replace("_", " "), xticks=[], yticks=[])
    figure.savefig(folder / "terrain.png", dpi=110)


def main():
    """Compute, print the numbers and draw."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, help="folder for the picture")
    parser.add_argument("--scale", type=float, default=1.0, help="size of the map")
    options = parser.parse_args()
    data = load(options.scale)
    begin = time.perf_counter()
    results = compute(data)
    print(f"{data[0].size / 1e6:.2f} million cells")
    for name, value in results.items():
        if np.ndim(value) == 0:
            print(f"{name}: {value:.6g}")
    print(f"seconds: {time.perf_counter() - begin:.3f}")
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
        draw(results, options.out)


if __name__ == "__main__":
    main()
