"""What customers tells the apps above. Sent inside the transaction that makes the fact true.

Each carries `ids` (at most 10,000), `at` (aware datetime) and `origin` (live, import, demo).
Receivers run a fixed number of statements and only write rows.
`permissions_stated` carries `statements` too, and is sent by `customers.permissions.state` only.
`people_changed`: these customers are new, or their e-mail or phone changed.
"""

from django.dispatch import Signal

orders_placed = Signal()
orders_refunded = Signal()
products_changed = Signal()
people_changed = Signal()
permissions_stated = Signal()
