"""Points in time as PostgreSQL sends them, ten times as quick as Django's loader reads them.

Django's is written in Python and runs for each value: 3.4 us against 0.24. Measured on sending, that was a
twenty-fifth of a worker's time.
"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.db.backends.signals import connection_created

if TYPE_CHECKING:
    from psycopg.types.datetime import TimestamptzLoader as Loader
else:
    from django.db.backends.postgresql.psycopg_any import BaseTzLoader as Loader


class QuickTimeLoader(Loader):
    timezone = UTC

    def load(self, data: Any) -> datetime:
        try:
            found = datetime.fromisoformat(str(data, "ascii"))
        except ValueError:  # infinity, or before our era: Django's to say what that means
            return super().load(data)
        return found if found.tzinfo is UTC else super().load(data)


def _use(connection: Any, **_kwargs: object) -> None:
    if connection.vendor == "postgresql" and connection.timezone is UTC:
        connection.connection.adapters.register_loader("timestamptz", QuickTimeLoader)


def register() -> None:
    """For every connection that is made from now on."""
    connection_created.connect(_use, dispatch_uid="quick_times")
