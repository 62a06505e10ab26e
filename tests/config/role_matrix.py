"""Who may open which page. Every URL name of ours stands here; a new one without a line breaks the build.

`PUBLIC`: nobody has to sign in. `SIGNED_IN`: every role. Else the set of roles that may.
`KWARGS` makes what an address needs: the name of the URL, and a function that gives its keyword arguments.
A view inside `admin:` is for administrators.
"""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.tokens import default_token_generator
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from channels import consent
from channels.consent import Statement
from channels.models import Account, SandboxMail, Sender, ServiceMessage, Suppression, Topic
from customers.models import ApiKey, Customer, FixedList, FixedListUpload, ImportJob, Note, Store, User
from loyalty import corrections
from loyalty.contests import draws, running
from loyalty.corrections import Correction
from loyalty.coupons import redemptions
from loyalty.gift_cards import bookings
from loyalty.models import Account as PointsAccount
from loyalty.models import AdjustmentRequest, Budget, CodeBatch, Program, Tier
from loyalty.till import goodwill
from tests.campaigns import make
from tests.channels import mails, social
from tests.factories import NOON, CustomerFactory, ProductFactory, SegmentFactory, StoreFactory, UserFactory
from tests.loyalty import coupons, gift_cards, plays, points, rewards, tills

PUBLIC = "public"
SIGNED_IN = frozenset({"marketer", "approver", "store_manager", "analyst", "administrator"})
ADMINISTRATOR = frozenset({"administrator"})
MARKETING = frozenset({"marketer", "administrator"})
ANALYSIS = MARKETING | {"approver", "analyst"}
READS_MAIL = frozenset({"marketer", "approver", "administrator"})
TILL = frozenset({"marketer", "store_manager", "administrator"})
WRITES_NOTES = frozenset({"marketer", "store_manager", "administrator"})
READERS = SIGNED_IN - {"store_manager"}

CONTEST_ACTS = ("edit", "winners_export", "start", "delete", "draw", "verify")

MATRIX: dict[str, frozenset[str] | str] = {
    # config
    "today": SIGNED_IN,
    "search": SIGNED_IN,
    "settings": SIGNED_IN,
    "profile": SIGNED_IN,
    "password_change": SIGNED_IN,
    "saved_view_save": SIGNED_IN,
    "saved_view_delete": SIGNED_IN,
    "sign_in": PUBLIC,
    "sign_out": PUBLIC,
    "set_password": PUBLIC,
    "language": PUBLIC,
    "display": PUBLIC,
    # customers
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
    "api:inbox": PUBLIC,
    "api:charge_gift_card": PUBLIC,
    "api:check_code": PUBLIC,
    "api:codes_preflight": PUBLIC,
    "api:customer_codes": PUBLIC,
    "api:gift_card_balance": PUBLIC,
    "api:issue_code": PUBLIC,
    "api:lease_code": PUBLIC,
    "api:redeem_code": PUBLIC,
    "api:refund_gift_card": PUBLIC,
    "api:release_code": PUBLIC,
    "api:reserve_code": PUBLIC,
    "api:reverse_code": PUBLIC,
    "api:settle_lease": PUBLIC,
    "api:try_code": PUBLIC,
    "api:inbox_acts": PUBLIC,
    "api:openapi-json": PUBLIC,
    "api:openapi-view": PUBLIC,
    "api:points_balance": PUBLIC,
    "api:points_earn": PUBLIC,
    "api:points_hold": PUBLIC,
    "api:points_hold_refund": PUBLIC,
    "api:points_hold_release": PUBLIC,
    "api:points_hold_spend": PUBLIC,
    "api:points_reverse": PUBLIC,
    "api:points_spend": PUBLIC,
    "api:points_statement": PUBLIC,
    "api:post_orders": PUBLIC,
    "api:post_products": PUBLIC,
    "api:post_service_message": PUBLIC,
    "api:post_visits": PUBLIC,
    "api:push_prompt": PUBLIC,
    "api:push_remove": PUBLIC,
    "api:push_report": PUBLIC,
    "api:push_subscribe": PUBLIC,
    "api:reward_catalogue": PUBLIC,
    "api:reward_claim": PUBLIC,
    "api:reward_claim_cancel": PUBLIC,
    "api:service_call": PUBLIC,
    "api:till_find": PUBLIC,
    "api:till_goodwill": PUBLIC,
    "api:till_reasons": PUBLIC,
    "api:till_request": PUBLIC,
    "api:till_undo": PUBLIC,
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
    # channels
    "click": PUBLIC,
    "opt_out": PUBLIC,
    "opt_in": PUBLIC,
    "preferences": PUBLIC,
    "own_data": PUBLIC,
    "sign_up": PUBLIC,
    "provider_report": PUBLIC,
    "mailbox": READS_MAIL,
    "mail": READS_MAIL,
    "phone": READS_MAIL,
    "phone_message": READS_MAIL,
    "phone_screen": READS_MAIL,
    "shop_inbox": READS_MAIL,
    "shop_message": READS_MAIL,
    "mail_html": READS_MAIL,
    "mail_source": READS_MAIL,
    "consent_withdraw": frozenset({"marketer", "store_manager", "administrator"}),
    "consents_pdf": frozenset({"marketer", "approver", "store_manager", "administrator"}),
    "consent_proof": frozenset({"marketer", "approver", "store_manager", "administrator"}),
    "topic_list": MARKETING,
    "topic_create": MARKETING,
    "topic_edit": MARKETING,
    "sender_list": MARKETING,
    "sender_create": ADMINISTRATOR,
    "sender_edit": ADMINISTRATOR,
    "domain": MARKETING,
    "domain_check": ADMINISTRATOR,
    "account_list": MARKETING,
    "account_create": ADMINISTRATOR,
    "account_edit": ADMINISTRATOR,
    "account_pause": ADMINISTRATOR,
    "account_resume": ADMINISTRATOR,
    "account_test": ADMINISTRATOR,
    "push": MARKETING,
    "push_words": MARKETING,
    "push_rotate": ADMINISTRATOR,
    "push_browser": ADMINISTRATOR,
    "push_browser_remove": ADMINISTRATOR,
    "brand": MARKETING,
    "saved_block_list": MARKETING,
    "picture": PUBLIC,
    "picture_choice": MARKETING,
    "picture_upload": MARKETING,
    "delivery_policy": READERS,
    "sending": READERS,
    "sending_allow": ADMINISTRATOR,
    "sending_stop": ADMINISTRATOR,
    "free_shipping": MARKETING,
    "books": READERS,
    "reward_list": SIGNED_IN,
    "reward_create": MARKETING,
    "reward_edit": MARKETING,
    "reward_switch": MARKETING,
    "reward_claim_list": SIGNED_IN,
    "reward_claim": SIGNED_IN,
    "reward_claim_hand_over": WRITES_NOTES,
    "reward_claim_cancel": MARKETING,
    "program": READERS,
    "program_create": MARKETING,
    "program_edit": MARKETING,
    "program_publish": MARKETING,
    "program_try": READERS,
    "earning_rule_create": MARKETING,
    "earning_rule_edit": MARKETING,
    "earning_rule_pause": MARKETING,
    "earning_rule_remove": MARKETING,
    "correction_list": READERS,
    "correction_create": MARKETING,
    "correction_decide": frozenset({"approver", "administrator"}),
    "correction_reverse": MARKETING | {"approver"},
    "points_statement": SIGNED_IN,
    "points_transfer": MARKETING,
    "own_points": PUBLIC,
    "referral_list": READERS,
    "referral_rules": READERS,
    "referral_rules_edit": MARKETING,
    "referral_door": PUBLIC,
    "api:referral_claim": PUBLIC,
    "api:referral_code": PUBLIC,
    "liability": READERS,
    "liability_export": READERS,
    "books_check": MARKETING,
    "till": TILL,
    "till_store": TILL,
    "till_sign_up": TILL,
    "till_redeem": TILL,
    "till_done": TILL,
    "till_goodwill": TILL,
    "till_given": TILL,
    "till_request": TILL,
    "till_day": TILL,
    "till_undo": TILL,
    "till_settings": MARKETING,
    "allowance_list": MARKETING,
    "allowance_rule_create": MARKETING,
    "allowance_rule_edit": MARKETING,
    "allowance_rule_delete": MARKETING,
    "goodwill_reason_create": MARKETING,
    "goodwill_reason_edit": MARKETING,
    "tier_list": READERS,
    "tier_members": READERS,
    "tier_create": MARKETING,
    "tier_edit": MARKETING,
    "tier_preview": MARKETING,
    "tier_delete": MARKETING,
    "tier_policy": MARKETING,
    "apply_link": PUBLIC,
    "code_picture": PUBLIC,
    "gift_card_list": READERS,
    "gift_card": READERS,
    "gift_card_issue": MARKETING,
    "gift_card_top_up": MARKETING,
    "gift_card_refund": MARKETING,
    "gift_card_void": MARKETING,
    "gift_card_block": MARKETING,
    "gift_card_unblock": MARKETING,
    "till_conflict_list": READERS,
    "coupon_list": READERS,
    "coupon_create": MARKETING,
    "coupon_words": MARKETING,
    "coupon": READERS,
    "coupon_edit": MARKETING,
    "coupon_try": MARKETING,
    "coupon_pause": MARKETING,
    "coupon_resume": MARKETING,
    "code_list": MARKETING,
    "batch_order": MARKETING,
    "coupon_sheet": MARKETING,
    "batch_progress": MARKETING,
    "batch_export": MARKETING,
    "code": MARKETING,
    "code_qr": MARKETING,
    "code_void": MARKETING,
    "budget_list": READERS,
    "budget_create": MARKETING,
    "budget": READERS,
    "budget_edit": MARKETING,
    "suppression_list": MARKETING,
    "suppression_create": MARKETING,
    "suppression_upload": MARKETING,
    "suppression_release": ADMINISTRATOR,
    "test_link": PUBLIC,
    "contest_list": READERS,
    "contest_create": MARKETING,
    "contest": READERS,
    "contest_edit": MARKETING,
    "contest_winners_export": READS_MAIL,
    "contest_start": MARKETING,
    "contest_delete": MARKETING,
    "contest_draw": MARKETING,
    "contest_verify": READERS,
    "winner_tell": MARKETING,
    "winner_claim": MARKETING,
    "winner_replace": MARKETING,
    "sale_list": READERS,
    "sale_create": MARKETING,
    "sale": READERS,
    "sale_edit": MARKETING,
    "sale_start": MARKETING,
    "sale_stop": MARKETING,
    "sale_delete": MARKETING,
    "contest_play": PUBLIC,
    "contest_entries": PUBLIC,
    "sale_enter": PUBLIC,
    "api:sale_access": PUBLIC,
    "social_link": PUBLIC,
    "social_feed": READS_MAIL,
    "social_list": READERS,
    "social_calendar": READERS,
    "social_group": READERS,
    "social_create": MARKETING,
    "social_edit": MARKETING,
    "social_preview": MARKETING,
    "social_schedule": MARKETING,
    "social_duplicate": MARKETING,
    "social_delete": MARKETING,
    "social_post_now": MARKETING,
    "social_cancel": MARKETING,
    "social_settle": MARKETING,
    "social_account_list": MARKETING,
    "social_account_create": ADMINISTRATOR,
    "social_account_edit": ADMINISTRATOR,
    "social_account_pause": ADMINISTRATOR,
    "social_account_resume": ADMINISTRATOR,
    "social_account_test": ADMINISTRATOR,
    "reply_list": MARKETING,
    "twilio_status": PUBLIC,
    "twilio_inbound": PUBLIC,
    "service_message_list": READERS,
    "service_message_create": MARKETING,
    "service_message": READERS,
    "service_message_publish": MARKETING,
    "service_message_switch": MARKETING,
    "service_calls": READERS,
    "message_editor": MARKETING,
    "message_language": MARKETING,
    "message_change": MARKETING,
    "message_products": MARKETING,
    "message_test": MARKETING,
    "message_preview": READERS,
    "message_inbox": READERS,
    "message_customers": READERS,
    # campaigns
    "campaign_list": READERS,
    "campaign": READERS,
    "campaign_create": MARKETING,
    "campaign_duplicate": MARKETING,
    "campaign_delete": MARKETING,
    "campaign_audience": MARKETING,
    "campaign_count": MARKETING,
    "campaign_content": MARKETING,
    "campaign_channels": MARKETING,
    "campaign_time": MARKETING,
    "campaign_review": READERS,
    "campaign_outcomes": READERS,
    "campaign_outcome_people": READERS,
    "campaign_launch": MARKETING,
    "campaign_launch_alone": MARKETING,
    "campaign_ask": MARKETING,
    "campaign_approve": frozenset({"approver", "administrator"}),
    "campaign_refuse": frozenset({"approver", "administrator"}),
    "campaign_running": READERS,
    "campaign_progress": READERS,
    "campaign_pause": MARKETING,
    "campaign_resume": MARKETING,
    "campaign_cancel": MARKETING,
    "campaign_take_back": MARKETING,
    "campaign_start_late": MARKETING,
    "campaign_report": READERS,
    "campaign_report_export": READERS,
    "campaign_people": READERS,
    "campaign_post_add": MARKETING,
    "campaign_orders": READERS,
    "customer_why": READERS,
}

# What a GET by somebody who may is answered with where that is not 200: 405 for what only takes POST, 302 for what
# leads a signed-in reader on, 404 for an unknown token and for what is there only beside the demo shop.
ANSWERS: dict[str, int] = {
    "program_create": 302,
    "picture": 404,
    "picture_upload": 405,
    **{
        name: 405 for name in MATRIX if name.startswith(("api:tracking", "api:post", "api:push", "api:inbox"))
    },
    "books_check": 405,
    "reward_claim_hand_over": 405,
    "api:points_balance": 401,
    "api:points_statement": 401,
    "api:reward_catalogue": 401,
    **dict.fromkeys(
        (
            "api:points_earn",
            "api:points_spend",
            "api:points_reverse",
            "api:points_hold",
            "api:points_hold_refund",
            "api:points_hold_spend",
            "api:points_hold_release",
            "api:reward_claim",
            "api:reward_claim_cancel",
            "api:referral_claim",
            "api:referral_code",
        ),
        405,
    ),
    "api:charge_gift_card": 405,
    "api:check_code": 405,
    "api:codes_preflight": 405,
    "api:gift_card_balance": 405,
    "api:issue_code": 405,
    "api:lease_code": 405,
    "api:redeem_code": 405,
    "api:refund_gift_card": 405,
    "api:release_code": 405,
    "api:reserve_code": 405,
    "api:reverse_code": 405,
    "api:settle_lease": 405,
    "api:try_code": 405,
    "api:customer_codes": 401,
    "apply_link": 404,
    "code_picture": 404,
    "coupon_words": 405,
    "coupon_resume": 405,
    "program_publish": 405,
    "earning_rule_pause": 405,
    "own_points": 404,
    "api:service_call": 401,
    "api:till_find": 405,
    "api:till_goodwill": 405,
    "api:till_reasons": 401,
    "api:till_request": 401,
    "api:till_undo": 405,
    "api:api-root": 404,
    "twilio_status": 405,
    "twilio_inbound": 405,
    "service_message_publish": 405,
    "sign_out": 405,
    "language": 405,
    "display": 405,
    "saved_view_save": 405,
    "saved_view_delete": 405,
    "key_retry": 405,
    "sign_in": 302,
    "set_password": 302,
    "demo_front": 404,
    "demo_product": 404,
    "demo_picture": 404,
    "segment_suggest": 404,
    "segment_discard": 405,
    "note_add": 405,
    "note_pin": 405,
    "click": 404,
    "opt_out": 404,
    "opt_in": 404,
    "preferences": 404,
    "own_data": 404,
    "provider_report": 404,
    "import_start": 302,
    "import_resume": 302,
    "domain_check": 405,
    "account_resume": 405,
    "account_test": 405,
    "push_browser": 405,
    "push_browser_remove": 405,
    "message_language": 405,
    "campaign_channels": 405,
    "message_change": 405,
    "message_test": 405,
    "campaign": 302,
    "campaign_duplicate": 405,
    "campaign_post_add": 405,
    "contest_verify": 405,
    "winner_tell": 405,
    "winner_claim": 405,
    "contest_play": 404,
    "contest_entries": 404,
    "sale_enter": 404,
    "api:sale_access": 405,
    "social_link": 404,
    "social_preview": 405,
    "social_schedule": 405,
    "social_duplicate": 405,
    "social_settle": 405,
    "social_account_resume": 405,
    "social_account_test": 405,
    "campaign_launch": 405,
    "campaign_launch_alone": 405,
    "campaign_ask": 405,
    "campaign_approve": 405,
    "campaign_refuse": 405,
    "campaign_pause": 405,
    "campaign_resume": 405,
    "campaign_start_late": 405,
}


def _product(user: User | None) -> dict[str, Any]:
    return {"sku": ProductFactory().sku}


def _gift_charge(user: User | None) -> dict[str, Any]:
    paid = bookings.charge(gift_cards.card().pk, gift_cards.order(100), NOON)
    return {"entry_id": paid.pk}


def _correction(user: User | None) -> AdjustmentRequest:
    programme = _programme(user)
    anna = Customer.objects.get(pk=_customer(user)["customer_id"])
    account = PointsAccount.objects.get_or_create(program=programme, customer=anna)[0]
    return AdjustmentRequest.objects.create(
        account=account, points=900, reason="x y z", maker=UserFactory(), asked_at=NOON
    )


def _booked_correction(user: User | None) -> dict[str, Any]:
    asked = _correction(user)
    wish = Correction(asked.account.customer_id, 5, "lost", ("test", str(asked.pk)))
    booked = corrections.adjust(asked.account.program, wish, asked.maker, NOON)
    return {"entry_id": booked.entry_id}


def _earning_rule(user: User | None) -> dict[str, Any]:
    return {"rule_id": points.rule(_programme(user), points=1, per=1).pk}


def _programme(user: User | None) -> Program:
    return Program.objects.first() or points.program()


def _no_names(user: User | None) -> dict[str, Any]:
    _programme(user)
    return {}


def _liability(user: User | None) -> dict[str, Any]:
    _programme(user)
    return {"part": "months"}


def _transfer(user: User | None) -> dict[str, Any]:
    _programme(user)
    return _customer(user)


def _user(user: User | None) -> dict[str, Any]:
    return {"user_id": UserFactory().pk}


def _welcome(user: User | None) -> dict[str, Any]:
    invited = UserFactory()
    number = urlsafe_base64_encode(force_bytes(invited.pk))
    return {"uidb64": number, "token": default_token_generator.make_token(invited)}


def _customer(user: User | None) -> dict[str, Any]:
    """A customer of a store of the reader's, who otherwise would not see her as a store manager."""
    store = StoreFactory()
    if user is not None:
        user.stores.add(store)
    return {"customer_id": CustomerFactory(home_store=store).pk}


def _note(user: User | None) -> dict[str, Any]:
    customer_id = _customer(user)["customer_id"]
    return {
        "note_id": Note.objects.create(customer_id=customer_id, author=user, text="x", created_at=NOON).pk
    }


def _mail(user: User | None) -> dict[str, Any]:
    return {
        "mail_id": SandboxMail.objects.create(recipient="a@example.org", subject="x", raw=b"Subject: x").pk
    }


def _short(channel: str) -> dict[str, Any]:
    return {"mail_id": SandboxMail.objects.create(recipient="+49", subject="x", channel=channel).pk}


def _consent(user: User | None) -> dict[str, Any]:
    customer_id = _customer(user)["customer_id"]
    said = Statement(customer_id, "email", False, "staff", NOON)
    return {"consent_id": consent.record([said], NOON)[0]}


def _account(user: User | None) -> dict[str, Any]:
    return {"account_id": Account.objects.get_or_create(name="Sandbox", backend="sandbox")[0].pk}


def _sender(user: User | None) -> dict[str, Any]:
    about = {"name": "S", "email": "s@example.org"}
    return {"sender_id": Sender.objects.get_or_create(**about, **_account(user))[0].pk}


def _domain(user: User | None) -> dict[str, Any]:
    account = Account.objects.get_or_create(name="Server", backend="smtp", settings={"host": "localhost"})[0]
    Sender.objects.get_or_create(name="D", email="s@linden.example", account=account)
    return {"name": "linden.example"}


def _suppression(user: User | None) -> dict[str, Any]:
    return {
        "suppression_id": Suppression.objects.get_or_create(
            channel="email", address_key="0" * 64, reason="staff"
        )[0].pk
    }


def _segment(user: User | None) -> dict[str, Any]:
    return {"segment_id": SegmentFactory().pk}


def _claim(user: User | None) -> dict[str, Any]:
    programme, store = _programme(user), StoreFactory()
    if user is not None:
        user.stores.add(store)
    customer = CustomerFactory(home_store=store)
    points.give(programme, customer.pk, 100, str(customer.pk))
    return {"claim_id": rewards.claim(rewards.reward(programme), customer.pk).pk}


def _service(user: User | None) -> dict[str, Any]:
    message = mails.message(purpose="service", topic=None)
    return {
        "service_id": ServiceMessage.objects.create(key=f"m{message.pk}", name="Order", message=message).pk
    }


def _list(user: User | None) -> dict[str, Any]:
    return {"list_id": FixedList.objects.get_or_create(name="Guests")[0].pk}


def _upload(user: User | None) -> dict[str, Any]:
    upload = FixedListUpload.objects.create(fixed_list_id=_list(user)["list_id"], at=NOON)
    return {"list_id": upload.fixed_list_id, "upload_id": upload.pk}


def _key(user: User | None) -> dict[str, Any]:
    key = ApiKey.objects.get_or_create(name="shop", kind="server", source="shop", hash="0" * 64)[0]
    return {"key_id": key.pk}


def _import(user: User | None) -> dict[str, Any]:
    job = ImportJob.objects.create(kind="orders", source="shop", file_name="a.csv", path="", state="running")
    return {"job_id": job.pk}


def _contest(user: User | None) -> dict[str, Any]:
    return {"contest_id": plays.draft().pk}


def _winner(user: User | None) -> dict[str, Any]:
    made = plays.contest(starts_on=NOON.date(), ends_on=NOON.date())
    plays.enter(made, CustomerFactory())
    running.close(plays.WHEN_OVER)
    return {"winner_id": draws.draw(made.pk, plays.staff(), plays.WHEN_OVER)[0].pk}


def _sale(user: User | None) -> dict[str, Any]:
    return {"sale_id": plays.sale(started=False).pk}


def _till(user: User | None) -> Store:
    """A store of the reader's."""
    store, _mara = tills.somewhere()
    if user is not None:
        user.stores.add(store)
    return store


def _goodwill(user: User | None, amount: int = 500) -> Any:
    store = _till(user)
    return goodwill.give(tills.wish(store, amount), tills.staff(store), NOON)


def _redemption(user: User | None) -> int:
    text = coupons.code(coupons.coupon()).text
    basket = coupons.basket(store=_till(user).number)
    return redemptions.redeem(coupons.wish(text, basket=basket), NOON).pk


def _coupon(user: User | None) -> dict[str, Any]:
    return {"coupon_id": coupons.coupon(kind="pool").pk}


def _batch(user: User | None) -> dict[str, Any]:
    return {"batch_id": CodeBatch.objects.create(coupon=coupons.coupon(kind="pool"), asked=5).pk}


def _code(user: User | None) -> dict[str, Any]:
    return {"code_id": coupons.code(coupons.coupon()).pk}


def _budget(user: User | None) -> dict[str, Any]:
    return {"budget_id": Budget.objects.create(name="B", currency="EUR", cap=1000).pk}


def _social_account(user: User | None) -> dict[str, Any]:
    return {"account_id": social.account().pk}


def _social_post(user: User | None) -> dict[str, Any]:
    return {"post_id": social.post(social.account()).pk}


def _social_group(user: User | None) -> dict[str, Any]:
    return {"group_id": social.post(social.account()).group_id}


# `user` is who asks, None for nobody.
def _draft(user: User | None) -> dict[str, Any]:
    return {"campaign_id": make.campaign(created_by=user).pk}


def _launched(user: User | None) -> dict[str, Any]:
    campaign = make.campaign(created_by=user, state="running")
    make.occurrence(campaign, started_at=NOON, state="sending")
    return {"campaign_id": campaign.pk}


def _program(user: User | None) -> dict[str, Any]:
    Program.objects.get_or_create(key="points", defaults={"name": "Points"})
    return {}


def _tier(user: User | None) -> dict[str, Any]:
    _program(user)
    program = Program.objects.get(key="points")
    tier, _made = Tier.objects.get_or_create(program=program, threshold=500, defaults={"name": "Gold"})
    return {"tier_id": tier.pk}


KWARGS: dict[str, Callable[[User | None], dict[str, Any]]] = (
    {
        "apply_link": lambda user: {"text": "SOMMER20"},
        "code_picture": lambda user: {"token": "1.x"},
        "referral_door": lambda user: {"text": "K7QM2XPD"},
        "api:issue_code": lambda user: {"coupon_id": 1},
        **dict.fromkeys(
            ["gift_card", "gift_card_top_up", "gift_card_void", "gift_card_block", "gift_card_unblock"],
            lambda user: {"card_id": gift_cards.card().pk},
        ),
        "gift_card_refund": _gift_charge,
        **dict.fromkeys(
            (
                "program_edit",
                "referral_rules_edit",
                "program_try",
                "earning_rule_create",
                "correction_create",
                "liability",
            ),
            _no_names,
        ),
        "earning_rule_edit": _earning_rule,
        "earning_rule_pause": _earning_rule,
        "earning_rule_remove": _earning_rule,
        "correction_decide": lambda user: {"request_id": _correction(user).pk},
        "correction_reverse": _booked_correction,
        "points_statement": _customer,
        "points_transfer": _transfer,
        "own_points": lambda user: {"token": "x"},
        "liability_export": _liability,
        "team_edit": _user,
        "team_deactivate": _user,
        "team_activate": _user,
        "team_link": _user,
        "store_edit": lambda user: {"store_id": StoreFactory().pk},
        "saved_view_delete": lambda user: {"view_id": 1},
        "program_create": _no_names,
        "picture": lambda user: {"digest": "0" * 64, "kind": "jpeg"},
        "tier_create": _program,
        "tier_preview": _program,
        "tier_policy": _program,
        "tier_edit": _tier,
        "tier_delete": _tier,
        **dict.fromkeys(
            ("coupon", "coupon_edit", "coupon_try", "coupon_pause", "coupon_resume", "code_list"), _coupon
        ),
        **dict.fromkeys(("batch_order", "coupon_sheet"), _coupon),
        **dict.fromkeys(("batch_progress", "batch_export"), _batch),
        **dict.fromkeys(("code", "code_qr", "code_void"), _code),
        **dict.fromkeys(("budget", "budget_edit"), _budget),
        "customer": _customer,
        "customer_merge": _customer,
        "note_add": _customer,
        "customer_why": _customer,
        "till_goodwill": _customer,
        "till_done": lambda user: {"redemption_id": _redemption(user)},
        "till_given": lambda user: {"issue_id": _goodwill(user).pk},
        "till_request": lambda user: {"request_id": _goodwill(user, 2000).pk},
        "till_undo": lambda user: {"kind": "goodwill", "pk": _goodwill(user).pk},
        "allowance_rule_edit": lambda user: {"rule_id": tills.allow().pk},
        "allowance_rule_delete": lambda user: {"rule_id": tills.allow().pk},
        "goodwill_reason_edit": lambda user: {"reason_id": tills.reason().pk},
        "api:till_request": lambda user: {"request_id": 1},
        "note_edit": _note,
        "note_pin": _note,
        "note_delete": _note,
        "customer_data": _customer,
        "customer_erase": _customer,
        "segment_edit": _segment,
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
        "key": _key,
        "key_rotate": _key,
        "key_revoke": _key,
        "key_discard": _key,
        "key_retry": _key,
        "import_job": _import,
        "import_start": _import,
        "import_progress": _import,
        "import_cancel": _import,
        "import_resume": _import,
        "import_rejected": _import,
        "demo_product": _product,
        "demo_picture": _product,
        "set_password": _welcome,
        "click": lambda user: {"token": "unknown"},
        "opt_out": lambda user: {"token": "unknown"},
        "preferences": lambda user: {"token": "unknown"},
        "own_data": lambda user: {"token": "unknown"},
        "opt_in": lambda user: {"token": "unknown"},
        "provider_report": lambda user: {"provider": "postmark"},
        "mail": _mail,
        "phone_message": lambda user: _short("sms"),
        "phone_screen": lambda user: _short("sms"),
        "shop_message": lambda user: _short("in_app"),
        "mail_html": _mail,
        "mail_source": _mail,
        "consent_withdraw": _customer,
        "consents_pdf": _customer,
        "consent_proof": _consent,
        "topic_edit": lambda user: {"topic_id": Topic.objects.get_or_create(key="t")[0].pk},
        "sender_edit": _sender,
        "domain": _domain,
        "domain_check": _domain,
        "account_edit": _account,
        "account_pause": _account,
        "account_resume": _account,
        "account_test": _account,
        "push_browser_remove": lambda user: {"subscription_id": 1},
        "suppression_release": _suppression,
        "api:post_service_message": lambda user: {"key": "order"},
        "api:service_call": lambda user: {"call_id": 1},
        "reward_edit": lambda user: {"reward_id": rewards.reward(_programme(user)).pk},
        "reward_switch": lambda user: {"reward_id": rewards.reward(_programme(user)).pk},
        "reward_claim": _claim,
        "reward_claim_hand_over": _claim,
        "reward_claim_cancel": _claim,
        "api:points_hold_refund": lambda user: {"hold_id": 1},
        "api:points_hold_spend": lambda user: {"hold_id": 1},
        "api:points_hold_release": lambda user: {"hold_id": 1},
        "api:reward_claim": lambda user: {"reward_id": 1},
        "api:reward_claim_cancel": lambda user: {"claim_id": 1},
        "twilio_status": lambda user: {"account_id": 1},
        "twilio_inbound": lambda user: {"account_id": 1},
        "service_message": _service,
        "service_message_publish": _service,
        "service_message_switch": _service,
        "service_calls": _service,
        "message_editor": lambda user: {"message_id": mails.message().pk},
        "message_language": lambda user: {"message_id": mails.message().pk},
    }
    | {
        name: _social_group
        for name in MATRIX
        if name
        in (
            "social_group",
            "social_edit",
            "social_preview",
            "social_schedule",
            "social_duplicate",
            "social_delete",
        )
    }
    | dict.fromkeys(("social_post_now", "social_cancel", "social_settle"), _social_post)
    | dict.fromkeys(("contest", *(f"contest_{act}" for act in CONTEST_ACTS)), _contest)
    | {f"winner_{act}": _winner for act in ("tell", "claim", "replace")}
    | dict.fromkeys(("sale", "sale_edit", "sale_start", "sale_stop", "sale_delete"), _sale)
    | {f"social_account_{act}": _social_account for act in ("edit", "pause", "resume", "test")}
    | {
        name: lambda user: {"content_id": mails.message().contents.get().pk}
        for name in MATRIX
        if name
        in (
            "message_change",
            "message_products",
            "message_test",
            "message_preview",
            "message_inbox",
            "message_customers",
        )
    }
    | {
        "campaign_post_add": _draft,
        "social_link": lambda user: {"token": "unknown"},
        "contest_play": lambda user: {"token": "unknown"},
        "contest_entries": lambda user: {"token": "unknown"},
        "sale_enter": lambda user: {"token": "unknown"},
        "api:sale_access": lambda user: {"key": "unknown"},
        "campaign": _launched,
        "campaign_duplicate": _draft,
        "campaign_delete": _draft,
        "campaign_audience": _draft,
        "campaign_count": _draft,
        "campaign_content": _draft,
        "campaign_channels": _draft,
        "campaign_time": _draft,
        "campaign_review": _draft,
        "campaign_outcomes": _draft,
        "campaign_outcome_people": _draft,
        "campaign_launch": _draft,
        "campaign_launch_alone": _draft,
        "campaign_ask": _draft,
        "campaign_approve": _draft,
        "campaign_refuse": _draft,
        "campaign_running": _launched,
        "campaign_progress": _launched,
        "campaign_pause": _launched,
        "campaign_resume": _launched,
        "campaign_cancel": _launched,
        "campaign_take_back": _launched,
        "campaign_start_late": _launched,
        "campaign_report": _launched,
        "campaign_report_export": _launched,
        "campaign_people": _launched,
        "campaign_orders": _launched,
    }
)
