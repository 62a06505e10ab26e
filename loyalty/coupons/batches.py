"""Codes by the million: drawn from the system's random source, copied and stored in parts, a transaction each.

A code that exists already is left out and made up for by the next part, so a batch ends with exactly what was asked.
"""

from datetime import datetime

from django.db import connection, transaction
from psycopg.errors import UniqueViolation

from customers import audit
from customers.models import User
from loyalty.contests import prizes
from loyalty.coupons.codes import GIFT_CARD, PLACE, normalise
from loyalty.models import CodeBatch, Coupon

PART = 100_000
SHORTEST, LONGEST = 8, 20
LONGEST_PREFIX = 8
MOST_EMPTY_PARTS = 1000  # then as good as all codes of this form are there already
COLUMNS = "text, coupon_id, batch_id"
# As good as always all codes of a part are new, and are copied to where they belong. Else they are sorted out.
COPY = f"COPY loyalty_couponcode ({COLUMNS}) FROM STDIN"
TABLE = """
    CREATE TEMPORARY TABLE IF NOT EXISTS drawn_code (text text COLLATE "C", coupon_id bigint, batch_id bigint)
        ON COMMIT DELETE ROWS;
    TRUNCATE drawn_code
"""
COPY_DRAWN = "COPY drawn_code FROM STDIN"
STORE = f"""
    INSERT INTO loyalty_couponcode ({COLUMNS}) SELECT {COLUMNS} FROM drawn_code ON CONFLICT (text) DO NOTHING
"""  # noqa: S608  (columns of our own)


class WrongBatch(Exception):
    """A batch that cannot be made; `code` says why: count, length, prefix."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def order(
    coupon: Coupon, count: int, at: datetime, by: User | None = None, prefix: str = "", length: int = 10
) -> CodeBatch:
    """Write down that codes are wanted; `make` makes them. `length` counts neither prefix nor check symbol."""
    clean = normalise(prefix)
    if count < 1:
        raise WrongBatch("count")
    if not SHORTEST <= length <= LONGEST:
        raise WrongBatch("length")
    if (
        len(clean) > LONGEST_PREFIX
        or any(symbol not in PLACE for symbol in clean)
        or clean.startswith(GIFT_CARD)
    ):
        raise WrongBatch("prefix")
    with transaction.atomic():
        batch = CodeBatch.objects.create(
            coupon=coupon, asked=count, prefix=clean, length=length, created_by=by
        )
        audit.record(by, "codes.ordered", batch, at, coupon=coupon.pk, count=count)
    return batch


def waiting() -> list[int]:
    """Batches that are not made yet, the oldest first."""
    return list(CodeBatch.objects.filter(finished_at=None).order_by("pk").values_list("pk", flat=True))


def make_some(batch_id: int, at: datetime, parts: int, part: int = PART) -> bool:
    """Make a few parts of a batch, so that other work gets its turn; whether some are missing still."""
    return all(_make_part(batch_id, at, part) is not None for _ in range(parts))


def make(batch_id: int, at: datetime, part: int = PART) -> int:
    """Make what is missing of a batch; how many codes were made. Two at once take turns; whoever is killed leaves whole
    parts behind, and the next call goes on."""
    made = empty = 0
    while (now := _make_part(batch_id, at, part)) is not None:
        made += now
        empty = 0 if now else empty + 1
        if empty == MOST_EMPTY_PARTS:
            raise WrongBatch("length")
    return made


@transaction.atomic
def _make_part(batch_id: int, at: datetime, part: int) -> int | None:
    batch = CodeBatch.objects.select_for_update(no_key=True).get(pk=batch_id)
    missing = batch.asked - batch.made
    if not missing:
        return None
    from loyalty.coupons import drawing  # with numpy, which pages and most tasks do without

    made = _store(drawing.draw(batch, min(part, missing)), min(part, missing))
    batch.made += made
    batch.finished_at = at if batch.made == batch.asked else None
    batch.save(update_fields=["made", "finished_at"])
    if batch.finished_at:
        prizes.top_up(batch.coupon)
    return made


def _store(lines: bytes, count: int) -> int:
    """How many of these codes were new."""
    try:
        with transaction.atomic():
            _copy(COPY, lines)
            return count
    except UniqueViolation:
        with connection.cursor() as cursor:
            cursor.execute(TABLE)
            _copy(COPY_DRAWN, lines)
            cursor.execute(STORE)
            return int(cursor.rowcount)


def _copy(statement: str, lines: bytes) -> None:
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(lines)
