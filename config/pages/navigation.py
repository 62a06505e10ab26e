"""The navigation on the left and the index of the settings.

An entry stands here under the name of its URL. It is shown when that page exists and the reader may open it.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

IN_BOTTOM_BAR = 4  # the rest stands under "More" on a phone


@dataclass(frozen=True)
class Entry:
    """`permission` None: everybody who is signed in; `unless`: but not who may do this, and has a larger page for it.
    `url` and `here` are filled in for a reader."""

    url_name: str
    label: "StrPromise"
    icon: str
    permission: str | None = None
    help: "StrPromise | str" = ""
    url: str = ""
    here: bool = False
    unless: str | None = None


ENTRIES: list[Entry] = [
    Entry("today", _("Today"), "home"),
    Entry("customer_list", _("Customers"), "users", "customers.view_customer"),
    Entry("segment_list", _("Segments"), "filter", "customers.view_segment"),
    Entry("campaign_list", _("Campaigns"), "speakerphone", "campaigns.view_campaign"),
    Entry("mailbox", _("Messages"), "mail", "channels.view_sandboxmail"),
    Entry("social_list", _("Social"), "share", "channels.view_socialpost"),
    Entry("coupon_list", _("Coupons"), "ticket", "loyalty.view_coupon"),
    Entry("store_coupon_list", _("Coupons"), "ticket", "loyalty.use_till", unless="loyalty.view_coupon"),
    Entry("program", _("Loyalty"), "award", "loyalty.view_program"),
    Entry("till", _("Till"), "cash", "loyalty.use_till"),
    Entry("settings", _("Settings"), "settings"),
]

# The pages of one entry that stand side by side, as tabs below their heading: {% section_tabs "coupons" %}.
SECTIONS: dict[str, list[Entry]] = {
    "coupons": [
        Entry("coupon_list", _("Coupons"), "ticket", "loyalty.view_coupon"),
        Entry("gift_card_list", _("Gift cards"), "gift", "loyalty.view_giftcard"),
        Entry("budget_list", _("Budgets"), "coin", "loyalty.view_budget"),
        Entry("sale_list", _("Private sales"), "lock-open", "loyalty.view_sale"),
    ],
    "store_coupons": [
        Entry("store_coupon_list", _("Coupons"), "ticket", "loyalty.use_till"),
        Entry("store_redemption_list", _("Redeemed"), "receipt", "loyalty.use_till"),
    ],
    "loyalty": [
        Entry("program", _("Programme"), "award", "loyalty.view_program"),
        Entry("tier_list", _("Tiers"), "crown", "loyalty.view_tier"),
        Entry("reward_list", _("Rewards"), "gift", "loyalty.view_reward"),
        Entry("referral_list", _("Referrals"), "user-plus", "loyalty.view_referral"),
        Entry("correction_list", _("Corrections"), "scale", "loyalty.view_adjustmentrequest"),
        Entry("contest_list", _("Contests"), "trophy", "loyalty.view_contest"),
        Entry("liability", _("Open points"), "chart-area-line", "loyalty.view_program"),
    ],
}

SETTINGS: list[Entry] = [
    Entry(
        "team_list",
        _("Team"),
        "users-group",
        "customers.change_user",
        _("Who signs in, and who may do what."),
    ),
    Entry(
        "store_list",
        _("Stores"),
        "building-store",
        "customers.view_store",
        _("Shops in the street and online."),
    ),
    Entry(
        "import_list",
        _("Import"),
        "database-import",
        "customers.view_importjob",
        _("Files with customers and orders."),
    ),
    Entry(
        "account_list",
        _("Channels"),
        "rocket",
        "channels.view_account",
        _("Providers that carry our messages."),
    ),
    Entry(
        "push",
        _("Web push"),
        "bell",
        "channels.view_account",
        _("Browsers that take messages, keys, and the lines for the shop."),
    ),
    Entry(
        "social_account_list",
        _("Social accounts"),
        "share",
        "channels.view_socialaccount",
        _("Pages and profiles on social networks."),
    ),
    Entry(
        "service_message_list",
        _("Service messages"),
        "receipt",
        "channels.view_message",
        _("What shops and tills have sent: orders, parcels, receipts."),
    ),
    Entry(
        "reply_list",
        _("Replies"),
        "message",
        "channels.view_reply",
        _("What people answer to SMS and WhatsApp messages."),
    ),
    Entry("sender_list", _("Senders"), "send", "channels.view_sender", _("Who our messages come from.")),
    Entry(
        "topic_list",
        _("Topics"),
        "tags",
        "channels.view_topic",
        _("What customers can choose to hear about."),
    ),
    Entry(
        "brand",
        _("Brand"),
        "palette",
        "channels.view_brand",
        _("Our name, colour, languages and legal notice."),
    ),
    Entry(
        "saved_block_list",
        _("Saved blocks"),
        "copy",
        "channels.view_savedblock",
        _("Parts of messages that were kept to be used again."),
    ),
    Entry(
        "delivery_policy",
        _("Delivery policy"),
        "clock",
        "channels.view_deliverypolicy",
        _("When and how often people are written to."),
    ),
    Entry(
        "sending",
        _("Permission to send"),
        "send",
        "channels.view_arming",
        _("Whether this installation may write to anybody."),
    ),
    Entry(
        "free_shipping",
        _("Free shipping"),
        "truck",
        "channels.view_freeshipping",
        _("From which cart on shipping is free."),
    ),
    Entry(
        "suppression_list",
        _("Suppression list"),
        "ban",
        "channels.view_suppression",
        _("Addresses that must never be written to."),
    ),
    Entry(
        "till_settings",
        _("Till"),
        "cash",
        "loyalty.change_tillsettings",
        _("Allowances and reasons for goodwill coupons."),
    ),
    Entry(
        "books",
        _("Books"),
        "checks",
        "loyalty.view_bookscheck",
        _("Whether points and coupons add up."),
    ),
    Entry(
        "key_list",
        _("API keys"),
        "key",
        "customers.change_apikey",
        _("What shops, pages and tills sign in with."),
    ),
    Entry(
        "hook_list",
        _("Webhooks"),
        "link",
        "customers.change_hook",
        _("What your own systems are told as it happens."),
    ),
    Entry(
        "audit_list", _("Audit log"), "history", "customers.view_auditentry", _("Who changed what, and when.")
    ),
]


def visible(entries: list[Entry], request: HttpRequest) -> list[Entry]:
    """The entries whose page exists and which this reader may open, with their address."""
    found = [_placed(entry, request.path) for entry in entries if _allowed(entry, request.user)]
    longest = max((len(entry.url) for entry in found if entry.here), default=0)
    # Of /loyalty/ and /loyalty/corrections/ only the latter is here on the latter's pages.
    return [replace(entry, here=entry.here and len(entry.url) == longest) for entry in found if entry.url]


def context(request: HttpRequest) -> dict[str, list[Entry]]:
    """The template variables `navigation`, and its two parts for a phone."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"navigation": [], "bottom_bar": [], "bottom_more": []}
    entries = visible(ENTRIES, request)
    return {
        "navigation": entries,
        "bottom_bar": entries[:IN_BOTTOM_BAR],
        "bottom_more": entries[IN_BOTTOM_BAR:],
    }


def _allowed(entry: Entry, user: Any) -> bool:
    if entry.unless is not None and user.has_perm(entry.unless):
        return False
    return entry.permission is None or user.has_perm(entry.permission)


def _placed(entry: Entry, path: str) -> Entry:
    try:
        url = reverse(entry.url_name)
    except NoReverseMatch:
        return entry
    return replace(entry, url=url, here=path == url if url == "/" else path.startswith(url))
