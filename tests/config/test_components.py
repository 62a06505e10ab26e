"""The parts that pages are made of."""

import re
from datetime import date

import pytest
from django import forms
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

from config.forms import needed
from config.pages import charts, navigation, progress
from config.pages.navigation import Entry
from config.pages.parts import Bar, Figure, Progress, Step


def draw(text: str, **context: object) -> str:
    return Template("{% load ui %}" + text).render(Context(context))


class Form(forms.Form):
    name = forms.CharField(help_text="As on the door.")
    roles = forms.MultipleChoiceField(choices=[("a", "A")], widget=forms.CheckboxSelectMultiple)
    agree = forms.BooleanField(required=False)
    town = forms.CharField(required=False)


def test_a_faulty_field_is_announced_with_its_fault_and_help() -> None:
    text = draw("{% field form.name %}", form=Form({}))
    assert 'aria-describedby="id_name_helptext id_name_error"' in text
    assert 'id="id_name_error"' in text
    assert 'id="id_name_helptext"' in text
    assert 'aria-invalid="true"' in text
    assert "is-invalid" in text


def test_a_field_says_that_it_is_optional_unless_something_else_asks_for_it() -> None:
    assert 'class="optional"' not in draw("{% field form.name %}", form=Form())
    assert 'class="optional"' in draw("{% field form.town %}", form=Form())
    asking = Form({})
    needed(asking, "town", when="name=Anna")
    drawn = draw("{% field form.town %}", form=asking)
    assert 'class="optional"' not in drawn
    assert 'data-when="name=Anna"' in drawn


def test_a_group_of_boxes_has_a_legend() -> None:
    assert "<legend" in draw("{% field form.roles %}", form=Form())
    assert "form-check-input" in draw("{% field form.agree %}", form=Form())


def test_a_figure_draws_its_line_inside_its_frame() -> None:
    line = charts.sparkline([3, 1, 2, 9])
    places = [tuple(map(float, point.split(","))) for point in line.points.split()]
    assert all(0 <= x <= line.width and 0 <= y <= line.height for x, y in places)
    assert places[3][1] < places[1][1], "more is higher"
    assert "<polyline" in draw("{% figure value %}", value=Figure("Sent", "12", spark=[1, 2]))
    assert "<polyline" not in draw("{% figure value %}", value=Figure("Sent", "12"))


def test_bars_share_one_zero_line() -> None:
    gain, loss = charts.bars([Bar("a", 30, "30"), Bar("b", -10, "-10")])
    assert gain.zero == loss.zero == 25
    assert (gain.x, gain.width) == (25, 75)
    assert (loss.x, loss.width) == (0, 25)
    assert charts.bars([Bar("a", 0, "0")])[0].width == 0


@pytest.mark.parametrize("name", ["_bars", "_plot"])
def test_a_plot_carries_its_figures_as_a_table(name: str) -> None:
    if name == "_bars":
        text = draw('{% bar_chart bars "Clicks" "people" %}', bars=[Bar("Mail", 1234, "1,234")])
        assert "1,234" in text
    else:
        text = draw(
            '{% time_series "Clicks" "people" days series %}', days=[date(2026, 1, 3)], series={"A": [1234.5]}
        )
        assert 'data-value="1234.5"' in text
    assert "<table" in text


def test_what_is_drawn_is_written_with_a_point_in_german_too() -> None:
    bars, figure = [Bar("a", 1, "1"), Bar("b", 3, "3")], Figure("Sent", "12", spark=[1, 2, 7])
    with translation.override("de"):
        text = draw('{% bar_chart bars "Clicks" "people" %}{% figure figure %}', bars=bars, figure=figure)
        text += draw('{% time_series "A" "b" days series %}', days=[date(2026, 1, 3)], series={"A": [1234.5]})
    assert re.search(r'width="33\.3', text)
    assert re.findall(r'[\w-]+="-?\d+,\d+"', text) == []


def test_a_step_that_is_faulty_says_the_mend() -> None:
    steps = [Step("Audience", "/1/", "done"), Step("Content", "/2/", "faulty", "Add a subject.")]
    text = draw("{% stepper steps %}", steps=steps)
    assert "Add a subject." in text


def test_progress_asks_again_until_it_is_finished(rf: RequestFactory) -> None:
    polled = rf.get("/p/", headers={"HX-Request": "true"})
    running = progress.respond(polled, Progress("Import", 5, "/p/", total=10)).content.decode()
    assert 'hx-get="/p/"' in running
    assert 'value="5" max="10"' in running
    done = progress.respond(polled, Progress("Import", 10, "/p/", total=10, finished=True)).content.decode()
    assert "hx-get" not in done


def test_progress_that_is_done_leads_on(rf: RequestFactory) -> None:
    job = Progress("Import", 10, "/p/", finished=True, then="/done/")
    assert progress.respond(rf.get("/p/", headers={"HX-Request": "true"}), job)["HX-Redirect"] == "/done/"
    assert progress.respond(rf.get("/p/"), job)["Location"] == "/done/"


class Reader:
    def __init__(self, *permissions: str) -> None:
        self.permissions = permissions

    def has_perm(self, name: str) -> bool:
        return name in self.permissions


def test_pages_beside_this_one_are_those_the_reader_may_open(monkeypatch: pytest.MonkeyPatch) -> None:
    tabs = [
        Entry("settings", "Here", "list"),
        Entry("audit_list", "Log", "history", "customers.view_auditentry"),
        Entry("no_such_page", "Later", "list"),
    ]
    monkeypatch.setitem(navigation.SECTIONS, "section", tabs)
    request = RequestFactory().get("/settings/")
    request.user = Reader("customers.view_auditentry")
    text = draw('{% section_tabs "section" %}', request=request)
    assert re.findall("<span>(.*?)</span>", text) == ["Here", "Log"]
    assert text.count('aria-current="page"') == 1
    request.user = Reader()
    assert draw('{% section_tabs "section" %}', request=request).strip() == "", "one page alone needs no tabs"
