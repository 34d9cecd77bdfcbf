"""Removing noise from a photograph with a bilateral filter and anisotropic diffusion.

The photograph is the one of Grace Hopper that matplotlib ships. Bilateral filter: Tomasi and
Manduchi (1998), ICCV. Anisotropic diffusion: Perona and Malik (1990), IEEE PAMI 12, with the
exponential conductance.

Run: python denoise.py [--out FOLDER] [--scale FACTOR]
"""

import argparse
import time
from pathlib import Path

import numpy as np
from matplotlib import cbook
from PIL import Image


def load(scale=1.0):
    """Return the photograph in [0, 1] as float32, and a copy with noise of deviation 0.1."""
    with cbook.get_sample_data("grace_hopper.jpg") as file:
        picture = Image.open(file).convert("RGB")
        size = (round(picture.width * 1.5 * scale), round(picture.height * 1.5 * scale))
        clean = np.array(picture.resize(size, Image.Resampling.BICUBIC), dtype=np.float32)
    clean = clean / np.float32(255.0)
    noise = np.random.default_rng(1906).standard_normal(clean.shape, dtype=np.float32)
    return clean, np.clip(clean + np.float32(0.1) * noise, 0.0, 1.0)


def bilateral(image, radius=2, space=1.5, tone=0.25):
    """Average each pixel with near pixels of a similar colour."""
    height, width, _ = image.shape
    padded = np.pad(image, ((radius, radius), (radius, radius), (0, 0)), mode="edge")
    total = np.zeros_like(image)
    weights = np.zeros((height, width, 1), dtype=image.dtype)
    for dy in range(2 * radius + 1):
        for dx in range(2 * radius + 1):
            near = padded[dy : dy + height, dx : dx + width]
            distance = ((dy - radius) ** 2 + (dx - radius) ** 2) / (2.0 * space**2)
            difference = near - image
            apart = (difference * difference).sum(axis=2, keepdims=True) / (2.0 * tone**2)
            weight = np.exp(-(apart + distance))
            total += weight * near
            weights += weight
    return total / weights


def anisotropic(image, steps=10, edge=0.08, rate=0.2):
    """Diffuse within regions and not across their edges."""
    u = image.copy()
    for _ in range(steps):
        change = np.zeros_like(u)
        down = u[1:] - u[:-1]
        flow = down * np.exp(-((down / edge) ** 2))
        change[:-1] += flow
        change[1:] -= flow
        right = u[:, 1:] - u[:, :-1]
        flow = right * np.exp(-((right / edge) ** 2))
        change[:, :-1] += flow
        change[:, 1:] -= flow
        u += rate * change
    return u


def quality(image, clean):
    """Return the peak signal-to-noise ratio in decibels."""
    error = image - clean
    return -10.0 * np.log10((error * error).mean(dtype=np.float64))


def compute(data):
    """Return the pictures and how near each is to the clean one."""
    clean, noisy = data
    smooth = bilateral(noisy)
    diffused = anisotropic(smooth)
    return {
        "noisy": noisy,
        "bilateral": smooth,
        "diffused": diffused,
        "decibels, noisy": quality(noisy, clean),
        "decibels, bilateral": quality(smooth, clean),
        "decibels, diffused": quality(diffused, clean),
    }


def draw(results, folder):
    """Write denoise.png: the noisy picture and both steps."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 4.6), layout="constrained")
    names = ("noisy", "bilateral", "diffused")
    for axes, name in zip(figure.subplots(1, 3), names, strict=True):
        axes.imshow(np.clip(results[name], 0.0, 1.0))
        axes.set(title=name, xticks=[], yticks=[])
    figure.savefig(folder / "denoise.png", dpi=110)


def main():
    """Compute, print the numbers and draw."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, help="folder for the picture")
    parser.add_argument("--scale", type=float, default=1.0, help="size of the photograph")
    options = parser.parse_args()
    data = load(options.scale)
    begin = time.perf_counter()
    results = compute(data)
    print(f"{data[0].size / 1e6:.2f} million values")
    for name, value in results.items():
        if np.ndim(value) == 0:
            print(f"{name}: {value:.6g}")
    print(f"seconds: {time.perf_counter() - begin:.3f}")
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
        draw(results, options.out)


if __name__ == "__main__":
    main()
