"""The page of today. Every app adds what belongs there, one file each, in its folders `first_steps` and `today`."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from config.registry import Registry

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise


class FirstStep:
    """Something a new installation needs once. Shown in `order` until `done`; hidden while its page is missing."""

    key: str
    order: int
    label: "StrPromise"
    text: "StrPromise"
    icon: str
    url_name: str
    permission: str

    def done(self) -> bool:
        raise NotImplementedError


class Panel:
    """A part of the page: its HTML, or nothing where there is nothing to say. Shown in `order`."""

    key: str
    order: int
    permission: str

    def render(self, request: HttpRequest) -> str:
        raise NotImplementedError


first_steps: Registry[FirstStep] = Registry("first_steps")
panels: Registry[Panel] = Registry("today")


@dataclass(frozen=True)
class ShownStep:
    step: FirstStep
    url: str
    done: bool


def steps_for(request: HttpRequest) -> list[ShownStep]:
    """The steps this reader can take, or nothing once all are done."""
    allowed = [step for step in first_steps if request.user.has_perm(step.permission)]
    placed = [(step, _url(step)) for step in sorted(allowed, key=lambda step: step.order)]
    shown = [ShownStep(step, url, step.done()) for step, url in placed if url]
    return [] if all(one.done for one in shown) else shown


def panels_for(request: HttpRequest) -> list[str]:
    allowed = [panel for panel in panels if request.user.has_perm(panel.permission)]
    drawn = [panel.render(request) for panel in sorted(allowed, key=lambda panel: panel.order)]
    return [html for html in drawn if html]


def _url(step: FirstStep) -> str:
    try:
        return reverse(step.url_name)
    except NoReverseMatch:
        return ""
