"""The Celery application and the whole Beat schedule: plain ticks, each of which sweeps rows."""

import os

from celery import Celery
from celery.signals import task_prerun

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("stammkunde")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    "mail-opt-ins": {"task": "channels.upkeep.mail_opt_ins", "schedule": 20},
    "mail-data-requests": {"task": "channels.upkeep.mail_data_requests", "schedule": 20},
    "hear-reports-again": {"task": "channels.upkeep.hear_reports_again", "schedule": 60},
    "read-bounces": {"task": "channels.upkeep.read_bounces", "schedule": 60, "options": {"expires": 60}},
    "destroy-push-keys": {"task": "channels.upkeep.destroy_push_keys", "schedule": 24 * 3600},
    "check-domains": {"task": "channels.upkeep.check_domains", "schedule": 12 * 3600},
    "forget-opt-ins": {"task": "channels.upkeep.forget_opt_ins", "schedule": 24 * 3600},
    "refresh-address-keys": {"task": "channels.upkeep.refresh_address_keys", "schedule": 600},
    "learn-habits": {"task": "channels.upkeep.learn_habits", "schedule": 24 * 3600},
    "pack-deliveries": {"task": "channels.tasks.pack_deliveries", "schedule": 3, "options": {"expires": 10}},
    "sweep-deliveries": {
        "task": "channels.tasks.sweep_deliveries",
        "schedule": 60,
        "options": {"expires": 120},
    },
    "count-complaints": {
        "task": "channels.tasks.count_complaints",
        "schedule": 300,
        "options": {"expires": 300},
    },
    "fall-back": {"task": "channels.tasks.fall_back", "schedule": 600, "options": {"expires": 600}},
    "post-socially": {"task": "channels.tasks.post_socially", "schedule": 60, "options": {"expires": 120}},
    "forget-import-files": {"task": "customers.tasks.forget_import_files", "schedule": 24 * 3600},
    "offer-imports": {"task": "customers.tasks.offer_imports", "schedule": 30, "options": {"expires": 60}},
    "sweep-inbox": {"task": "customers.tasks.sweep_inbox", "schedule": 1, "options": {"expires": 5}},
    "deliver-hooks": {"task": "customers.tasks.deliver_hooks", "schedule": 2, "options": {"expires": 5}},
    "leave-carts": {"task": "customers.tasks.leave_carts", "schedule": 60, "options": {"expires": 120}},
    "keep-events": {"task": "customers.tasks.keep_events", "schedule": 6 * 3600},
    "keep-no-longer": {"task": "customers.tasks.keep_no_longer", "schedule": 24 * 3600},
    "keep-segments": {"task": "customers.tasks.keep_segments", "schedule": 20, "options": {"expires": 40}},
    "forecast": {"task": "customers.tasks.forecast", "schedule": 3600, "options": {"expires": 3600}},
    "learn-recommendations": {
        "task": "customers.tasks.learn_recommendations",
        "schedule": 3600,
        "options": {"expires": 3600},
    },
    "forget-segment-changes": {"task": "customers.tasks.forget_segment_changes", "schedule": 24 * 3600},
    "check-books": {"task": "loyalty.tasks.check_books", "schedule": 24 * 3600},
    "count-open-points": {"task": "loyalty.tasks.count_open_points", "schedule": 24 * 3600},
    "give-birthday-points": {
        "task": "loyalty.tasks.give_birthday_points",
        "schedule": 3600,
        "options": {"expires": 3600},
    },
    "expire-points": {"task": "loyalty.tasks.expire_points", "schedule": 900, "options": {"expires": 900}},
    "sweep-reservations": {
        "task": "loyalty.tasks.sweep_reservations",
        "schedule": 60,
        "options": {"expires": 120},
    },
    "sweep-contests": {
        "task": "loyalty.tasks.sweep_contests",
        "schedule": 20,
        "options": {"expires": 60},
    },
    "grant-access": {"task": "loyalty.tasks.grant_access", "schedule": 20, "options": {"expires": 60}},
    "reward-referrals": {
        "task": "loyalty.tasks.reward_referrals",
        "schedule": 60,
        "options": {"expires": 120},
    },
    "release-goodwill": {
        "task": "loyalty.tasks.release_goodwill",
        "schedule": 3600,
        "options": {"expires": 3600},
    },
    "sweep-tiers": {"task": "loyalty.tasks.sweep_tiers", "schedule": 20, "options": {"expires": 40}},
    "end-tiers": {"task": "loyalty.tasks.end_tiers", "schedule": 900, "options": {"expires": 900}},
    "sweep-delivery-codes": {
        "task": "loyalty.tasks.sweep_delivery_codes",
        "schedule": 60,
        "options": {"expires": 120},
    },
    "offer-batches": {"task": "loyalty.tasks.offer_batches", "schedule": 60, "options": {"expires": 60}},
    "run-campaigns": {"task": "campaigns.tasks.run_campaigns", "schedule": 10, "options": {"expires": 30}},
    "attribute-orders": {
        "task": "campaigns.tasks.attribute_orders",
        "schedule": 20,
        "options": {"expires": 60},
    },
}


@task_prerun.connect
def drop_broken_connections(**_: object) -> None:
    """As Django does at the start of a request: what the last task broke, or what is too old, is not used again."""
    from django.db import close_old_connections

    if not app.conf.task_always_eager:
        close_old_connections()
