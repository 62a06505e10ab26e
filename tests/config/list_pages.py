"""A list page for tests: stores, with a bulk action, at `/list/`."""

from typing import Any

import django_tables2 as tables
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import path

from config.pages.listing import BulkAction, ListPage
from config.pages.parts import Empty
from config.pages.tables import ListTable
from config.urls import urlpatterns as ours
from customers.models import Store
from customers.views.stores import StoreFilter


class Table(ListTable):
    orderable_while_few = ("number",)
    name = tables.Column()
    number = tables.Column()
    city = tables.Column(orderable=False)


def close(request: HttpRequest, rows: QuerySet[Any]) -> None:
    messages.success(request, f"closed {rows.update(city='closed')}")


class StorePage(ListPage):
    key = "test_stores"
    title = "Stores"
    permission = "customers.view_store"
    table_class = Table
    filter_class = StoreFilter
    search_help = "Name"
    empty = Empty("Nothing", "For nothing.")
    page_size = 25
    bulk_actions = (
        BulkAction(
            "close", "Close", close, question="Really close them?", permission="customers.change_store"
        ),
        BulkAction("open", "Open", close),
    )

    def rows(self) -> QuerySet[Store]:
        return Store.objects.exclude(city="hidden")

    def search(self, rows: QuerySet[Store], text: str) -> QuerySet[Store]:
        return rows.filter(name__icontains=text)


urlpatterns = [path("list/", StorePage.as_view(), name="test_list"), *ours]
