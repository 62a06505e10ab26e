"""Pages and API of `customers`."""

from typing import Any
from uuid import uuid4

from customers.models import ApiKey, FixedList, FixedListUpload, Hook, ImportJob, Note, User
from tests.config.role_matrix.groups import (
    ADMINISTRATOR,
    ANALYSIS,
    MARKETING,
    PUBLIC,
    SIGNED_IN,
    WRITES_NOTES,
    Allowed,
)
from tests.config.role_matrix.makers import Maker, customer
from tests.factories import NOON, ProductFactory, SegmentFactory, StoreFactory, UserFactory

MATRIX: dict[str, Allowed] = {
    "team_list": ADMINISTRATOR,
    "team_invite": ADMINISTRATOR,
    "team_edit": ADMINISTRATOR,
    "team_deactivate": ADMINISTRATOR,
    "team_activate": ADMINISTRATOR,
    "team_link": ADMINISTRATOR,
    "store_list": SIGNED_IN,
    "store_create": ADMINISTRATOR,
    "store_edit": ADMINISTRATOR,
    "audit_list": ADMINISTRATOR,
    "key_list": ADMINISTRATOR,
    "key_create": ADMINISTRATOR,
    "key": ADMINISTRATOR,
    "key_rotate": ADMINISTRATOR,
    "key_revoke": ADMINISTRATOR,
    "key_discard": ADMINISTRATOR,
    "key_retry": ADMINISTRATOR,
    "hook_list": ADMINISTRATOR,
    "hook_create": ADMINISTRATOR,
    "hook": ADMINISTRATOR,
    "hook_edit": ADMINISTRATOR,
    "hook_rotate": ADMINISTRATOR,
    "hook_test": ADMINISTRATOR,
    "hook_pause": ADMINISTRATOR,
    "hook_resume": ADMINISTRATOR,
    "hook_delete": ADMINISTRATOR,
    "hook_calls": ADMINISTRATOR,
    "hook_call": ADMINISTRATOR,
    "hook_call_again": ADMINISTRATOR,
    "customer_list": SIGNED_IN,
    "customer": SIGNED_IN,
    "customer_merge": MARKETING,
    "note_add": WRITES_NOTES,
    "note_edit": WRITES_NOTES,
    "note_pin": WRITES_NOTES,
    "note_delete": WRITES_NOTES,
    "customer_data": ADMINISTRATOR,
    "customer_erase": ADMINISTRATOR,
    "segment_list": ANALYSIS,
    "rfm_classes": ANALYSIS,
    "segment_create": MARKETING,
    "segment_edit": ANALYSIS,
    "segment_editors": MARKETING,
    "segment_suggest": MARKETING,
    "segment_discard": MARKETING,
    "segment_delete": MARKETING,
    "segment_export": MARKETING,
    "segment_membership": ANALYSIS,
    "segment_changes": ANALYSIS,
    "segment_trace": ANALYSIS,
    "fixed_list_list": ANALYSIS,
    "fixed_list_create": MARKETING,
    "fixed_list": ANALYSIS,
    "fixed_list_add": MARKETING,
    "fixed_list_rename": MARKETING,
    "fixed_list_delete": MARKETING,
    "fixed_list_upload": MARKETING,
    "fixed_list_rejects": MARKETING,
    "import_list": MARKETING,
    "import_upload": MARKETING,
    "import_job": MARKETING,
    "import_start": MARKETING,
    "import_progress": MARKETING,
    "import_cancel": MARKETING,
    "import_resume": MARKETING,
    "import_rejected": MARKETING,
    # The API has keys of its own (tests/customers/test_api_door.py).
    "api:api-root": PUBLIC,
    "api:openapi-json": PUBLIC,
    "api:openapi-view": PUBLIC,
    "api:post_orders": PUBLIC,
    "api:post_products": PUBLIC,
    "api:post_visits": PUBLIC,
    "api:tracking_a": PUBLIC,
    "api:tracking_alias": PUBLIC,
    "api:tracking_b": PUBLIC,
    "api:tracking_batch": PUBLIC,
    "api:tracking_g": PUBLIC,
    "api:tracking_group": PUBLIC,
    "api:tracking_i": PUBLIC,
    "api:tracking_identify": PUBLIC,
    "api:tracking_import": PUBLIC,
    "api:tracking_m": PUBLIC,
    "api:tracking_p": PUBLIC,
    "api:tracking_page": PUBLIC,
    "api:tracking_s": PUBLIC,
    "api:tracking_screen": PUBLIC,
    "api:tracking_t": PUBLIC,
    "api:tracking_track": PUBLIC,
    "demo_front": PUBLIC,
    "demo_product": PUBLIC,
    "demo_picture": PUBLIC,
}

ANSWERS: dict[str, int] = {
    "key_retry": 405,
    "hook_test": 405,
    "hook_pause": 405,
    "hook_resume": 405,
    "hook_call_again": 405,
    "note_add": 405,
    "note_pin": 405,
    "segment_suggest": 404,
    "segment_discard": 405,
    "import_start": 302,
    "import_resume": 302,
    "api:api-root": 404,
    "api:post_orders": 405,
    "api:post_products": 405,
    "api:post_visits": 405,
    "api:tracking_a": 405,
    "api:tracking_alias": 405,
    "api:tracking_b": 405,
    "api:tracking_batch": 405,
    "api:tracking_g": 405,
    "api:tracking_group": 405,
    "api:tracking_i": 405,
    "api:tracking_identify": 405,
    "api:tracking_import": 405,
    "api:tracking_m": 405,
    "api:tracking_p": 405,
    "api:tracking_page": 405,
    "api:tracking_s": 405,
    "api:tracking_screen": 405,
    "api:tracking_t": 405,
    "api:tracking_track": 405,
    "demo_front": 404,
    "demo_product": 404,
    "demo_picture": 404,
}


def _product(user: User | None) -> dict[str, Any]:
    return {"sku": ProductFactory().sku}


def _user(user: User | None) -> dict[str, Any]:
    return {"user_id": UserFactory().pk}


def _note(user: User | None) -> dict[str, Any]:
    customer_id = customer(user)["customer_id"]
    return {
        "note_id": Note.objects.create(customer_id=customer_id, author=user, text="x", created_at=NOON).pk
    }


def _segment(user: User | None) -> dict[str, Any]:
    return {"segment_id": SegmentFactory().pk}


def _list(user: User | None) -> dict[str, Any]:
    return {"list_id": FixedList.objects.get_or_create(name="Guests")[0].pk}


def _upload(user: User | None) -> dict[str, Any]:
    upload = FixedListUpload.objects.create(fixed_list_id=_list(user)["list_id"], at=NOON)
    return {"list_id": upload.fixed_list_id, "upload_id": upload.pk}


def _key(user: User | None) -> dict[str, Any]:
    key = ApiKey.objects.get_or_create(name="shop", kind="server", source="shop", hash="0" * 64)[0]
    return {"key_id": key.pk}


def _hook(user: User | None) -> dict[str, Any]:
    return {"hook_id": Hook.objects.get_or_create(name="ERP", url="https://erp.example/in", secret="x")[0].pk}


def _hook_call(user: User | None) -> dict[str, Any]:
    hook = Hook.objects.get(pk=_hook(user)["hook_id"])
    call = hook.calls.create(event=uuid4(), kind="test", body={}, created_at=NOON, gives_up_at=NOON)
    return {"hook_id": hook.pk, "call_id": call.pk}


def _import(user: User | None) -> dict[str, Any]:
    job = ImportJob.objects.create(kind="orders", source="shop", file_name="a.csv", path="", state="running")
    return {"job_id": job.pk}


KWARGS: dict[str, Maker] = {
    "team_edit": _user,
    "team_deactivate": _user,
    "team_activate": _user,
    "team_link": _user,
    "store_edit": lambda user: {"store_id": StoreFactory().pk},
    "hook": _hook,
    "hook_edit": _hook,
    "hook_rotate": _hook,
    "hook_test": _hook,
    "hook_pause": _hook,
    "hook_resume": _hook,
    "hook_delete": _hook,
    "hook_calls": _hook,
    "hook_call": _hook_call,
    "hook_call_again": _hook_call,
    "key": _key,
    "key_rotate": _key,
    "key_revoke": _key,
    "key_discard": _key,
    "key_retry": _key,
    "customer": customer,
    "customer_merge": customer,
    "note_add": customer,
    "note_edit": _note,
    "note_pin": _note,
    "note_delete": _note,
    "customer_data": customer,
    "customer_erase": customer,
    "segment_edit": _segment,
    "segment_editors": _segment,
    "segment_delete": _segment,
    "segment_export": _segment,
    "segment_membership": _segment,
    "segment_changes": _segment,
    "fixed_list": _list,
    "fixed_list_add": _list,
    "fixed_list_rename": _list,
    "fixed_list_delete": _list,
    "fixed_list_upload": _upload,
    "fixed_list_rejects": _upload,
    "import_job": _import,
    "import_start": _import,
    "import_progress": _import,
    "import_cancel": _import,
    "import_resume": _import,
    "import_rejected": _import,
    "demo_product": _product,
    "demo_picture": _product,
}
