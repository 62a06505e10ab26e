"""States and reasons in the words that staff read."""

from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign
from channels.models import Delivery
from config.pages.parts import Text, Tone

State = Delivery.State

CAMPAIGN_TONES: dict[str, Tone] = {
    Campaign.State.DRAFT: "calm",
    Campaign.State.WAITING: "wait",
    Campaign.State.SCHEDULED: "info",
    Campaign.State.RUNNING: "info",
    Campaign.State.PAUSED: "wait",
    Campaign.State.FINISHED: "good",
    Campaign.State.CANCELLED: "calm",
}


class Reason(NamedTuple):
    """`label` for a table; `mend`: what it means and what can be done."""

    label: Text
    mend: Text


REASONS: dict[str, Reason] = {
    "no_consent": Reason(_("no consent"), _("They have not said yes to this topic, or have taken it back.")),
    "consent_idle": Reason(
        _("consent rests"),
        _(
            "Nothing was heard of them for longer than the delivery policy allows. Only messages go that ask whether "
            "to keep writing."
        ),
    ),
    "suppressed": Reason(
        _("on the suppression list"), _("They objected, complained, or the address bounced.")
    ),
    "no_address": Reason(
        _("not reachable on this channel"),
        _("No address, number or browser of theirs is known there. Nothing can be sent until there is one."),
    ),
    "bad_address": Reason(
        _("invalid address or number"), _("Nothing can arrive there. Correct it in the profile.")
    ),
    "bouncing": Reason(
        _("mailbox full or away"),
        _("Five mails in a row came back for the time being; after a month one is tried again."),
    ),
    "same_address": Reason(_("same address as somebody else"), _("One mail per address goes out.")),
    "erased": Reason(_("erased"), _("They asked us to forget them.")),
    "merged": Reason(_("merged with another profile"), _("The other profile gets the message.")),
    "no_language": Reason(_("no content in their language"), _("Write their language, or the fallback.")),
    "holdout": Reason(_("control group"), _("They are left out to measure what the campaign brings.")),
    "quiet": Reason(
        _("quiet hours"), _("It is night where they live. They get it when the quiet hours end.")
    ),
    "day": Reason(_("not on this day"), _("They get it on the next day on which messages may go out.")),
    "holiday": Reason(
        _("public holiday"), _("It is a holiday in their country. They get it on the next day.")
    ),
    "capped": Reason(
        _("limit reached"),
        _("They have had as many messages as the delivery policy allows. They get it later."),
    ),
    "slowed": Reason(
        _("answers rarely"), _("They have not answered for a long time, so they are written to less often.")
    ),
    "best_time": Reason(
        _("at their best time"), _("They get it at the hour at which they are most likely to answer.")
    ),
    "lost_priority": Reason(
        _("a more important message goes first"), _("It goes out as soon as the limit leaves room for it.")
    ),
    "paused": Reason(_("paused"), _("It goes on when sending is resumed.")),
    "customer_pause": Reason(
        _("chose a pause"), _("It waits until the pause that they chose is over, unless it expires before.")
    ),
    "customer_frequency": Reason(
        _("wants messages rarely"), _("It waits until as much time has passed as they chose.")
    ),
    "cancelled": Reason(_("cancelled"), _("The campaign was cancelled before their turn.")),
    "late": Reason(_("too late"), _("The message expired before it could be sent.")),
    "line": Reason(_("provider not reachable"), _("It is tried again by itself.")),
    "address": Reason(_("address refused by the provider"), _("The provider does not accept this address.")),
    "content": Reason(_("content refused by the provider"), _("Look at the provider's answer in the row.")),
    "template": Reason(
        _("could not be put together"),
        _("No provider was asked. The row says which part of the content is at fault."),
    ),
    "no_answer": Reason(_("no answer from the provider"), _("It may have arrived, so it is not sent again.")),
    "lease_lost": Reason(
        _("a worker stopped while sending"), _("It may have arrived, so it is not sent again.")
    ),
    "settled": Reason(_("somebody says it arrived"), ""),
    "no_code": Reason(
        _("no code left"), _("The coupon’s pool was empty. Who waits gets it once there are more codes.")
    ),
    "code_void": Reason(
        _("code made void"), _("The code that was put aside for them cannot be redeemed any more.")
    ),
    "coupon_over": Reason(
        _("coupon over"),
        _("The coupon has ended, was redeemed as often as it may be, or its budget is used up."),
    ),
    "coupon_paused": Reason(_("coupon switched off"), _("They get it when the coupon is switched on again.")),
    "budget_paused": Reason(
        _("budget of the coupon used up for now"),
        _("They get it when the budget’s next period begins, unless the message expires before."),
    ),
    "rendered_again": Reason(_("being prepared"), _("It goes out in a moment.")),
    "": Reason("", ""),
}

# Instead of "no_consent" while there is no topic that they could have said yes to.
NO_TOPIC = Reason(
    REASONS["no_consent"].label,
    _("No topic is chosen yet. Until then only a yes to all topics counts."),
)

# What a dry run or a run can make of somebody: the words, and the colour that means it on every page.
OUTCOMES: dict[str, tuple[Text, Tone]] = {
    "send": (_("will get it"), "good"),
    State.PLANNED: (_("waiting"), "info"),
    State.CALLING: (_("being sent"), "info"),
    State.ACCEPTED: (_("sent"), "good"),
    State.DELIVERED: (_("delivered"), "good"),
    State.BOUNCED: (_("bounced"), "bad"),
    State.COMPLAINED: (_("complained as spam"), "bad"),
    State.WITHHELD: (_("not sent"), "calm"),
    State.REFUSED: (_("refused"), "bad"),
    State.EXPIRED: (_("expired"), "calm"),
    State.CANCELLED: (_("cancelled"), "calm"),
    State.RENDER_ERROR: (_("faulty content"), "bad"),
    State.UNKNOWN: (_("unknown"), "wait"),
}


def reason(key: str, state: str = "", of: Campaign | None = None) -> Reason:
    """A reason that no page knows yet is shown by its key. `of`: a campaign that may be a draft."""
    if key == "no_consent" and of and of.message.topic_id is None:
        return NO_TOPIC
    if state == State.RENDER_ERROR:  # older rows say "content", as if a provider had refused it
        key = "template"
    return REASONS.get(key) or Reason(key.replace("_", " "), "")


def outcome(state: str, why: str = "") -> str:
    """ "not sent: no consent"."""
    label = str(OUTCOMES[state][0])
    return f"{label}: {reason(why, state).label}" if why else label


def mend(state: str, why: str = "", of: Campaign | None = None) -> Text:
    """What the reason means for who ended so, and what can be done."""
    if state == State.EXPIRED and why != "late":
        return _("The message expired while they were waiting for this.")
    return reason(why, state, of).mend
