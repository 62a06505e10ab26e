"""Points that come with a file: opening balances, once; and orders that earn when somebody says so."""

from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from customers import merging
from customers.imports import jobs
from customers.models import Customer, ImportJob
from loyalty.models import Entry, Program
from tests.customers import importing
from tests.customers.importing import line, orders
from tests.factories import UserFactory
from tests.loyalty import points
from tests.loyalty.points import free

pytestmark = pytest.mark.django_db
FILE = "customer number,first name,points\n7,Anna,120\n8,Berta,0\n9,Cora,-3\n"


@pytest.fixture
def programme() -> Program:
    made = points.program()
    points.rule(made, points=1, per=1)
    return made


def test_a_file_brings_points_along_once(programme: Program, tmp_path: Path) -> None:
    first = importing.run(tmp_path, FILE, "customers", name="a.csv")
    assert importing.notices(first)["points_opened"] == 120
    assert first.rejected == 1
    [anna] = Customer.objects.filter(first_name="Anna")
    assert free(programme, anna.pk, importing.AT) == 120
    again = importing.run(tmp_path, FILE.replace("Anna", "Anne"), "customers", name="b.csv")
    assert importing.notices(again)["points_known"] == 1
    other = importing.run(tmp_path, FILE.replace("120", "130"), "customers", name="c.csv")
    assert importing.notices(other)["points_different"] == 1
    assert Entry.objects.count() == 1


def test_the_same_file_after_a_merge_brings_no_points_again(programme: Program, tmp_path: Path) -> None:
    text = FILE.replace("8,Berta,0", "8,Berta,30")
    importing.run(tmp_path, text, "customers", name="a.csv")
    anna, berta, clara = (
        *(Customer.objects.get(first_name=name).pk for name in ("Anna", "Berta")),
        points.person(),
    )
    for loser, winner in [(anna, berta), (berta, clara)]:
        merging.merge(loser, winner, UserFactory(), importing.AT)
    again = importing.run(tmp_path, text.replace("Cora", "Carla"), "customers", name="b.csv")
    assert importing.notices(again)["points_known"] == 1
    assert free(programme, clara, importing.AT) == 150


def test_a_dry_run_says_what_would_come_and_books_nothing(programme: Program, tmp_path: Path) -> None:
    tried = importing.run(tmp_path, FILE, "customers", dry_run=True)
    assert importing.notices(tried)["points_opened"] == 120
    assert not Entry.objects.exists()


def test_without_a_programme_points_are_left_out_and_told(tmp_path: Path) -> None:
    told = importing.notices(importing.run(tmp_path, FILE, "customers"))
    assert (told["points_without_programme"], told.get("points_opened")) == (1, None)


def test_imported_orders_earn_only_when_the_import_says_so(programme: Program, tmp_path: Path) -> None:
    importing.run(tmp_path, "number,first name\n7,Anna\n", "customers", name="people.csv")
    importing.run(tmp_path, orders(line("1", price="10.00")), name="a.csv")
    assert not Entry.objects.exists()
    importing.run(tmp_path, orders(line("2", price="10.00")), name="b.csv", earn_points=True)
    assert [entry.points for entry in Entry.objects.all()] == [10]


def test_the_page_of_an_import_of_orders_asks(marketer: Client, tmp_path: Path) -> None:
    path = importing.file(tmp_path, orders(line()))
    job = jobs.create(path, path.name, "orders", "shop")
    page = marketer.get(reverse("import_job", args=[job.pk])).content.decode()
    assert "These orders earn points" in page
    told = job.options | {f"column_{n}": key for n, key in enumerate(_meanings(job))}
    told |= {"zone": "Europe/Berlin", "currency": "EUR", "decimal": ".", "day_first": "", "earn_points": "on"}
    marketer.post(reverse("import_job", args=[job.pk]), told | {"action": "try"})
    assert ImportJob.objects.get(pk=job.pk).options["earn_points"] is True


def _meanings(job: ImportJob) -> list[str]:
    mapping = {header: key for key, header in job.options["mapping"].items()}
    return [mapping.get(header, "") for header in importing.ORDERS.split(",")]
