"""Lists: search, filters, order, pages, saved views, bulk actions and export of one queryset.

How to write one stands in `docs/extending.md`, "A list page".
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any, ClassVar

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views import View
from django_tables2.rows import BoundRow

from config.pages import asked, chips, confirm, csv, saved
from config.pages.columns import SelectColumn
from config.pages.paging import SIZES, CappedPaginator, Matches
from config.pages.parts import Action, Empty, Figure, Text
from config.pages.signals import list_exported

CHUNK = 2000  # rows in memory while exporting


@dataclass(frozen=True)
class BulkAction:
    """Something done to many rows. `run(request, rows)` does it and tells the reader by a message.

    `question` is asked first where it is set; `permission` None: whoever may see the list. An action that has to know
    more answers with a page, whose form posts what was chosen (`chosen`) again.
    """

    key: str
    label: Text
    run: Callable[[HttpRequest, QuerySet[Any]], HttpResponse | None]
    icon: str = ""
    question: Text = ""
    permission: str | None = None
    danger: bool = False


def chosen(request: HttpRequest) -> dict[str, list[str]]:
    """The fields of a form that goes on with a bulk action: which one, and on which rows."""
    rows = {"all": ["1"]} if request.POST.get("all") else {"ids": request.POST.getlist("ids")}
    return {"action": [request.POST.get("action", "")], **rows}


class ListPage(View):
    """The base of all lists. A subclass says what is in it; everything else has a default.

    On a table that may grow to millions, only columns that an index can order should be orderable, and only
    filters that an index answers should stand.
    """

    key: ClassVar[str]  # names saved views and the exported file
    title: ClassVar[Text]
    permission: ClassVar[str]
    table_class: ClassVar[Any]
    filter_class: ClassVar[Any] = None
    search_help: ClassVar[Text] = ""  # what can be searched for; empty: no search box
    empty: ClassVar[Empty]
    bulk_actions: ClassVar[Sequence[BulkAction]] = ()
    page_size: ClassVar[int] = 50
    template: ClassVar[str] = "components/list_page.html"
    section: ClassVar[str] = ""  # of navigation.SECTIONS: the pages beside this one, as tabs

    # --- For subclasses ---

    def rows(self) -> QuerySet[Any]:
        """All rows that this reader may see, in their natural order, with what the columns need."""
        raise NotImplementedError

    def search(self, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        return rows

    def row_url(self, record: Any) -> str:
        """Where a click on the row leads; empty: nowhere."""
        return ""

    def primary(self) -> Action | None:
        return None

    def menu(self) -> list[Action]:
        return []

    def figures(self) -> list[Figure]:
        return []

    def may_export(self) -> bool:
        """Whether this reader may take the rows along as a file."""
        return True

    # --- The page ---

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not request.user.has_perm(self.permission):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        if request.GET.get("export") == "csv":
            if not self.may_export():
                raise PermissionDenied
            return self._export()
        fragment = request.headers.get("HX-Request") and not request.headers.get("HX-History-Restore-Request")
        response = render(request, "components/_list.html" if fragment else self.template, self.context())
        patch_vary_headers(response, ["HX-Request"])
        return response

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """A bulk action on the chosen rows (`ids`), or on all that the filters leave (`all`)."""
        action = next((a for a in self._bulk() if a.key == request.POST.get("action")), None)
        if action is None:
            raise PermissionDenied
        rows = self._chosen()
        if action.question and "confirmed" not in request.POST:
            return self._ask(action)
        return action.run(request, rows) or redirect(request.get_full_path())

    def context(self) -> dict[str, Any]:
        """What the template gets; a subclass may add to it."""
        table = self.table
        return {
            "page": self,
            "table": table,
            "paginator": table.paginator,
            "first": table.page.number * table.paginator.per_page - table.paginator.per_page + 1,
            "last": (table.page.number - 1) * table.paginator.per_page + len(table.page.object_list),
            "text": self.text,
            "filter": self.filter,
            "chips": chips.chips(self.filter.form, self.request.GET) if self.filter else [],
            "narrowed": bool(self.text or chips.without(self.request.GET, chips.NOT_FILTERS)),
            "bulk": self._bulk(),
            "saved_views": saved.of(self.request.user, self.key),
            "query": chips.without(self.request.GET, []),
            "sizes": SIZES,
            "per_page": self._per_page(),
            "sort": self.request.GET.get("sort", ""),
        }

    @cached_property
    def text(self) -> str:
        return asked.text(self.request)

    @cached_property
    def filter(self) -> Any:
        return (
            self.filter_class(self.request.GET, self.rows(), request=self.request)
            if self.filter_class
            else None
        )

    @cached_property
    def found(self) -> QuerySet[Any]:
        """The rows that filters and search leave; a filter that makes no sense leaves none."""
        rows = self.rows()
        if self.filter is not None:
            rows = self.filter.qs if self.filter.is_valid() else rows.none()
        return self.search(rows, self.text) if self.text else rows

    @cached_property
    def table(self) -> Any:
        matches, everything = Matches(self.found, by_text=bool(self.text)), self.rows()
        table = self._table(matches.rows(everything), many=matches.many)
        paginator = CappedPaginator(matches.ordered(table.data.data), self._per_page(), matches, everything)
        page = paginator.page(self.request.GET.get("page", "1"))
        page.object_list = [BoundRow(record, table=table) for record in page.object_list]
        table.paginator, table.page = paginator, page
        return table

    # --- Inside ---

    def _table(self, rows: Any, *, selectable: bool = True, many: bool = False) -> Any:
        """The table over a queryset, ordered as asked and then by key, so that pages never overlap."""
        select = [("select", SelectColumn())] if selectable and self._bulk() else []
        unordered = self.table_class.orderable_while_few if many else ()
        asked_for = self.request.GET.get("sort", "").split(",")
        order = [each for each in asked_for if each and each.lstrip("-") not in unordered]
        table = self.table_class(
            rows,
            order_by=order or None,
            order_by_field="sort",
            extra_columns=select,
            sequence=("select", "...") if select else None,
        )
        for name in unordered:
            table.columns[name].column.orderable = False
        table.request = (
            self.request
        )  # given to its constructor, it would paginate by itself and count all rows
        ordering = table.data.data.query.order_by or rows.model._meta.ordering
        table.data.data = table.data.data.order_by(*ordering, "pk")
        return table

    def _per_page(self) -> int:
        size = self.request.GET.get("size", "")
        return int(size) if size in {str(s) for s in SIZES} else self.page_size

    def _bulk(self) -> list[BulkAction]:
        user = self.request.user
        return [a for a in self.bulk_actions if a.permission is None or user.has_perm(a.permission)]

    def _chosen(self) -> QuerySet[Any]:
        if self.request.POST.get("all"):
            return self.found
        ids = [
            int(number)
            for number in self.request.POST.getlist("ids")
            if number.isdecimal() and len(number) < 19
        ]
        return self.rows().filter(pk__in=ids)

    def _ask(self, action: BulkAction) -> HttpResponse:
        return confirm.ask(
            self.request,
            str(action.label),
            str(action.question),
            str(action.label),
            self.request.get_full_path(),
            danger=action.danger,
            fields=chosen(self.request) | {"confirmed": ["1"]},
        )

    def _export(self) -> HttpResponseBase:
        filters = sorted(name for name, value in self.request.GET.items() if value and name != "export")
        list_exported.send(
            type(self), user=self.request.user, page=self.key, filters=filters, at=timezone.now()
        )
        return csv.respond(self.key, self._values())

    def _values(self) -> Iterator[list[Any]]:
        """The header and then each row, reading the table in chunks."""
        chunk: list[Any] = []
        yield from islice(self._written([]), 1)
        for record in self._table(self.found, selectable=False).data.data.iterator(chunk_size=CHUNK):
            chunk.append(record)
            if len(chunk) == CHUNK:
                yield from islice(self._written(chunk), 1, None)
                chunk = []
        yield from islice(self._written(chunk), 1, None)

    def _written(self, records: list[Any]) -> Iterator[list[Any]]:
        table = self.table_class(records, order_by=())
        table.request = self.request
        values: Iterator[list[Any]] = table.as_values()
        return values
