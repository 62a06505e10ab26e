"""Lists whose rows are people: who may take them along as a file, and who finds whom by what."""

from typing import Any, cast

from django.db.models import QuerySet

from config.pages.listing import ListPage
from customers import access, finding
from customers.models import User


class PeopleListPage(ListPage):
    """A list of rows that each have a `customer`."""

    @property
    def reader(self) -> User:
        return cast(User, self.request.user)

    @property
    def sees_names(self) -> bool:
        return access.sees_names(self.reader)

    def may_export(self) -> bool:
        return access.may_export(self.reader)

    def search(self, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        return finding.about(rows, text, names=self.sees_names)
