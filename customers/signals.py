"""What customers tells the apps above. Sent inside the transaction that makes the fact true.

Each carries `ids` (at most 10,000), `at` (aware datetime) and `origin` (live, import, demo).
Receivers run a fixed number of statements and only write rows.
`permissions_stated` carries `statements` too, and is sent by `customers.permissions.state` only.
`permissions_asked` carries `requests`, and is sent by `customers.permissions.ask` only.
`people_identified` carries `said`: for each `identify` with a proven number her id and the message's `context`.
`visitors_identified`: these visitors have an owner now, whom the shop's server has vouched for.
`people_changed`: these customers are new, or their e-mail or phone changed.
`events_recorded` tells the facts of a live day and late ones (origin import) apart, in two sends.
`hook_calls_asked` asks before webhooks are called; a receiver that answers False stops it.
`segment_members_changed` has ids of `SegmentChange`; `by_rule` is true when the rule was changed, not the people.
"""

from django.dispatch import Signal

orders_placed = Signal()
orders_refunded = Signal()
products_changed = Signal()
people_changed = Signal()
people_identified = Signal()
visitors_identified = Signal()
permissions_stated = Signal()
permissions_asked = Signal()
events_recorded = Signal()
segment_members_changed = Signal()
hook_calls_asked = Signal()
