"""Pages of a customer's own that apps above show beside her wishes, such as her points.

One file each in the folder `own_pages` of any app. The page opens by the same token as her wishes do: read it with
`preferences.open_door`.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from config.registry import Registry
from customers.models import Customer

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise


class OwnPage:
    """A link on the page of wishes. `url_name` takes the token; `line` is what is said beside the label, None: nothing
    to show this customer."""

    key: str
    label: "StrPromise"
    icon: str
    url_name: str

    def line(self, customer: Customer, at: datetime) -> str | None:
        raise NotImplementedError


own_pages: Registry[OwnPage] = Registry("own_pages")
