"""Geometry of the small plots that are drawn as SVG on the server."""

from collections.abc import Sequence
from dataclasses import dataclass

from config.pages.parts import Bar

WIDTH, HEIGHT = 96, 28  # of a spark line, in its own units
ROW, BAR, LABEL, ROOM = 32, 16, 160, 360  # of a bar chart


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
        (round(2 + place * step, 1), round(HEIGHT - 4 - (HEIGHT - 8) * ((value - low) / span if span else 0.5), 1))
        for place, value in enumerate(values)
    ]
    return Sparkline(" ".join(f"{x},{y}" for x, y in points), *points[-1])


@dataclass(frozen=True)
class DrawnBar:
    bar: Bar
    y: int
    text_y: int
    x: float
    width: float
    text_x: float


@dataclass(frozen=True)
class Chart:
    bars: list[DrawnBar]
    zero: float
    width: int
    height: int
    label_x: int = LABEL - 12


def bars(values: Sequence[Bar]) -> Chart:
    """Horizontal bars on one scale with a common zero line; negative ones run to the left of it."""
    low, high = min([0.0, *(b.value for b in values)]), max([0.0, *(b.value for b in values)])
    scale = ROOM / (high - low) if high > low else 0.0
    zero = LABEL - low * scale
    drawn = [_bar(bar, place, zero, scale) for place, bar in enumerate(values)]
    return Chart(drawn, round(zero, 1), LABEL + ROOM + 120, ROW * len(values) + 8)


def _bar(bar: Bar, place: int, zero: float, scale: float) -> DrawnBar:
    width = abs(bar.value) * scale
    left = zero - width if bar.value < 0 else zero
    top = place * ROW + (ROW - BAR) // 2 + 4
    return DrawnBar(bar, top, top + 12, round(left, 1), round(width, 1), round(max(left + width, zero) + 8, 1))
