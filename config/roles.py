"""Who may do what. Roles are groups; their permissions stand here by name and are written at each migration.

A developer who adds a model or a page adds its permission to the roles that need it. A permission whose model
does not exist (yet) is left out; `tests/config/test_role_matrix.py` shows who can open which page.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

ADMINISTRATOR = "administrator"
OUR_APPS = ("customers", "channels", "loyalty", "campaigns")


@dataclass(frozen=True)
class Role:
    """A group: `key` is its name, `permissions` are "app.codename"."""

    key: str
    label: "StrPromise"
    help: "StrPromise"
    permissions: frozenset[str]


READ = frozenset(
    {
        "customers.view_every_store",
        "customers.view_customer",
        "customers.view_order",
        "customers.view_product",
        "customers.view_segment",
        "customers.view_store",
        "channels.view_consent",
        "channels.view_message",
        "channels.view_delivery",
        "channels.view_deliverypolicy",
        "channels.view_arming",
        "channels.view_socialpost",
        "campaigns.view_campaign",
        "loyalty.view_account",
        "loyalty.view_bookscheck",
        "loyalty.view_entry",
        "loyalty.view_budget",
        "loyalty.view_program",
        "loyalty.view_adjustmentrequest",
        "loyalty.view_coupon",
        "loyalty.view_redemption",
        "loyalty.view_contest",
        "loyalty.view_sale",
        "loyalty.view_tier",
        "loyalty.view_reward",
        "loyalty.view_rewardclaim",
        "loyalty.view_referral",
        "loyalty.view_giftcard",
        "loyalty.view_tillsync",
    }
)

WRITE = frozenset(
    {
        "customers.add_segment",
        "customers.change_segment",
        "customers.delete_segment",
        "customers.export_segment",
        "customers.merge_customer",
        "customers.view_note",
        "customers.add_note",
        "customers.view_importjob",
        "customers.add_importjob",
        "channels.add_message",
        "channels.change_message",
        "channels.view_picture",
        "channels.view_savedblock",
        "channels.delete_savedblock",
        "channels.add_picture",
        "channels.view_sandboxmail",
        "channels.view_reply",
        "channels.change_reply",
        "channels.view_sender",
        "channels.view_account",
        "channels.view_brand",
        "channels.change_brand",
        "channels.add_topic",
        "channels.change_topic",
        "channels.view_suppression",
        "channels.add_suppression",
        "channels.add_consent",
        "channels.view_topic",
        "channels.view_freeshipping",
        "channels.change_freeshipping",
        "channels.view_socialaccount",
        "channels.add_socialpost",
        "channels.change_socialpost",
        "channels.publish_socialpost",
        "loyalty.add_bookscheck",
        "loyalty.add_contest",
        "loyalty.change_contest",
        "loyalty.draw_contest",
        "loyalty.add_sale",
        "loyalty.change_sale",
        # Customer service works in this role, and gives goodwill from the customer page.
        "loyalty.use_till",
        "loyalty.change_tillsettings",
        "loyalty.view_allowance",
        "loyalty.add_tier",
        "loyalty.change_tier",
        "loyalty.delete_tier",
        "loyalty.change_tierpolicy",
        "loyalty.add_reward",
        "loyalty.change_reward",
        "loyalty.change_rewardclaim",
        "loyalty.add_giftcard",
        "loyalty.charge_giftcard",
        "loyalty.add_budget",
        "loyalty.change_budget",
        "loyalty.add_codebatch",
        "loyalty.add_coupon",
        "loyalty.change_coupon",
        "loyalty.view_couponcode",
        "loyalty.change_couponcode",
        "loyalty.export_couponcode",
        "loyalty.add_program",
        "loyalty.change_program",
        "loyalty.add_adjustmentrequest",
        "campaigns.add_campaign",
        "campaigns.change_campaign",
        "campaigns.delete_campaign",
        "campaigns.launch_campaign",
    }
)

ROLES: tuple[Role, ...] = (
    Role(
        "marketer",
        _("Marketing"),
        _("Builds segments and campaigns and starts them."),
        READ | WRITE | {"customers.view_personal_data"},
    ),
    Role(
        "approver",
        _("Approval"),
        _("Approves large campaigns that somebody else has built."),
        READ
        | {
            "campaigns.approve_campaign",
            "channels.release_sendingdomain",
            "loyalty.approve_adjustment",
            "channels.view_sandboxmail",
            "customers.view_note",
            "customers.view_personal_data",
        },
    ),
    Role(
        "store_manager",
        _("Store management"),
        _("Looks after the customers and coupons of her own stores."),
        frozenset(
            {
                "customers.view_customer",
                "customers.view_personal_data",
                "customers.view_note",
                "customers.add_note",
                "customers.view_store",
                "channels.view_consent",
                "channels.add_consent",
                "loyalty.view_account",
                "loyalty.view_entry",
                "loyalty.view_redemption",
                "loyalty.use_till",
                "loyalty.view_reward",
                "loyalty.view_rewardclaim",
                "loyalty.change_rewardclaim",
            }
        ),
    ),
    Role(
        "analyst",
        _("Analysis"),
        _("Reads figures and lists, changes nothing."),
        READ,
    ),
    Role(
        ADMINISTRATOR,
        _("Administration"),
        _("May do everything, including the team, stores and keys."),
        frozenset(),
    ),
)
BY_KEY = {role.key: role for role in ROLES}


def label(key: str) -> str:
    """The role's name in the reader's language; a group made elsewhere keeps its own name."""
    return str(BY_KEY[key].label) if key in BY_KEY else key


def synchronise(**kwargs: Any) -> None:
    """Give each role's group exactly the permissions above; administrators get all of our apps'."""
    group_model = apps.get_model("auth", "Group")
    permissions = apps.get_model("auth", "Permission").objects.filter(content_type__app_label__in=OUR_APPS)
    known = {
        f"{p.content_type.app_label}.{p.codename}": p for p in permissions.select_related("content_type")
    }
    for role in ROLES:
        group, _created = group_model.objects.get_or_create(name=role.key)
        wanted = known.keys() if role.key == ADMINISTRATOR else known.keys() & role.permissions
        group.permissions.set([known[name] for name in wanted])
