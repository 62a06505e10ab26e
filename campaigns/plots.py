"""Geometry of bars over time, drawn as SVG on the server."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 520, 176
LEFT, RIGHT, BOTTOM, TOP = 40, 16, 24, 8  # room for the labels of the axes
LABELS = 6  # along the time axis, at most


@dataclass(frozen=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    title: str


@dataclass(frozen=True)
class Tick:
    place: float
    label: str


@dataclass(frozen=True)
class Plot:
    bars: list[Bar]
    lines: list[Tick]
    times: list[Tick]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    ground: int = HEIGHT - BOTTOM


def over_time(values: Sequence[int], names: Sequence[str], written: Sequence[str]) -> Plot:
    """A bar per step of time. `names` say when, `written` are the values as the reader writes them."""
    top = ceiling(max(values, default=0))
    room, ground = (WIDTH - LEFT - RIGHT) / max(1, len(values)), HEIGHT - BOTTOM
    scale = (ground - TOP) / top
    bars = [
        Bar(
            round(LEFT + place * room + room * 0.1, 2),
            round(ground - value * scale, 2),
            round(room * 0.8, 2),
            round(value * scale, 2),
            f"{names[place]}: {written[place]}",
        )
        for place, value in enumerate(values)
    ]
    every = max(1, -(-len(values) // LABELS))
    times = [
        Tick(round(LEFT + place * room + room / 2, 2), names[place]) for place in range(0, len(values), every)
    ]
    lines = [Tick(round(ground - part * scale, 2), str(part)) for part in sorted({0, top // 2, top})]
    return Plot(bars, lines, times)


def ceiling(highest: int) -> int:
    """The next of 2, 4, 10, 20, 40, 100 ... that holds the highest value, so that half of it is a whole number."""
    size = 1
    while True:
        for step in (2, 4, 10):
            if highest <= step * size:
                return step * size
        size *= 10
