"""Geometry of the small plots that are drawn as SVG on the server."""

from collections.abc import Sequence
from dataclasses import dataclass

from config.pages.parts import Bar

WIDTH, HEIGHT = 96, 28  # of a spark line, in its own units


@dataclass(frozen=True)
class Sparkline:
    points: str
    last_x: float
    last_y: float
    width: int = WIDTH
    height: int = HEIGHT


def sparkline(values: Sequence[float]) -> Sparkline:
    """A line through the values, scaled to their own range; a flat series runs in the middle."""
    low, span = min(values), max(values) - min(values)
    step = (WIDTH - 4) / (len(values) - 1)
    points = [
        (
            round(2 + place * step, 1),
            round(HEIGHT - 4 - (HEIGHT - 8) * ((value - low) / span if span else 0.5), 1),
        )
        for place, value in enumerate(values)
    ]
    return Sparkline(" ".join(f"{x},{y}" for x, y in points), *points[-1])


@dataclass(frozen=True)
class DrawnBar:
    """A bar of a row's drawing, which is 100 wide; `zero` is the same in all rows."""

    bar: Bar
    x: float
    width: float
    zero: float


def bars(values: Sequence[Bar]) -> list[DrawnBar]:
    """Horizontal bars on one scale with a common zero line; negative ones run to the left of it."""
    low, high = min([0.0, *(b.value for b in values)]), max([0.0, *(b.value for b in values)])
    scale = 100 / (high - low) if high > low else 0.0
    return [_bar(bar, -low * scale, scale) for bar in values]


def _bar(bar: Bar, zero: float, scale: float) -> DrawnBar:
    width = abs(bar.value) * scale
    left = zero - width if bar.value < 0 else zero
    return DrawnBar(bar, round(left, 2), round(width, 2), round(zero, 2))
