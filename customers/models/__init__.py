from customers.models.staff import User
from customers.models.store import Store

__all__ = ["Store", "User"]
