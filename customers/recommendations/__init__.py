"""Which products to show to whom: learnt each night from orders and views, chosen when they are needed.

`learning` works out what goes with what, `keeping` writes it, `running` says when; only these three steps load numpy
and scipy, and only when they run. `choosing` reads it for many customers at once. Method and measured quality stand
in docs/recommendations.md.
"""

from customers.recommendations.choosing import Strategy, for_customers

__all__ = ["Strategy", "for_customers"]
