"""Who may open a page: everybody, or the roles of a set."""

from typing import Literal

PUBLIC: Literal["public"] = "public"  # nobody has to sign in
SIGNED_IN = frozenset({"marketer", "approver", "store_manager", "analyst", "administrator"})
ADMINISTRATOR = frozenset({"administrator"})
MARKETING = frozenset({"marketer", "administrator"})
APPROVERS = frozenset({"approver", "administrator"})
ANALYSIS = MARKETING | {"approver", "analyst"}
READS_MAIL = frozenset({"marketer", "approver", "administrator"})
TILL = frozenset({"marketer", "store_manager", "administrator"})
WRITES_NOTES = frozenset({"marketer", "store_manager", "administrator"})
READERS = SIGNED_IN - {"store_manager"}

Allowed = frozenset[str] | Literal["public"]
