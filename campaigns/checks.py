"""What stops a launch, each with the step and the place where it can be mended."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import available_timezones

from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns import audience, routes, schedule
from campaigns.models import Campaign
from campaigns.refusals import Refused
from channels.arbiter import policy
from channels.delivery.dry_runs import DryRun
from channels.messages import checks as messages
from channels.messages import variants
from channels.messages.formats import formats
from config import clocks
from config.formats import number
from customers.models import Shop
from customers.segments import compiler
from loyalty.coupon_messages import forecast

STEPS = ("audience", "content", "time", "review")


@dataclass(frozen=True)
class Fault:
    """`step` is one of STEPS, `place` the field, `sentence` what is wrong and how to mend it.

    `query` leads on the step's page to the very place, such as a block of the message.
    """

    step: str
    place: str
    sentence: str
    query: str = ""


def faults(campaign: Campaign, at: datetime) -> list[Fault]:
    """Everything that stops this campaign now, in the order of the steps; empty when it can go out."""
    return [
        *_audience(campaign, at),
        *_content(campaign),
        *_unread(campaign),
        *_coupon(campaign, at),
        *_time(campaign, at),
    ]


def require_faultless(campaign: Campaign, at: datetime) -> None:
    found = faults(campaign, at)
    if found:
        raise Refused(found[0].sentence)


def foreseen(campaign: Campaign, outcomes: DryRun) -> Fault | None:
    """What only a dry run shows: not one of the audience would get the message, or more than there are codes for."""
    return _nobody(outcomes) or too_few_codes(campaign, outcomes)


def too_few_codes(campaign: Campaign, outcomes: DryRun) -> Fault | None:
    """A fault when people would wait for codes that nobody has ordered."""
    pool = forecast.of(campaign.message, outcomes.gets)
    if pool is None or pool.leave_out or not pool.missing:
        return None
    sentence = _("%(needed)s people need a code of “%(coupon)s”, %(free)s are free: order %(missing)s more.")
    numbers = {name: number(getattr(pool, name)) for name in ("needed", "free", "missing")}
    return Fault("content", "coupon", sentence % (numbers | {"coupon": pool.coupon.name}))


def _nobody(outcomes: DryRun) -> Fault | None:
    if outcomes.gets or not outcomes.audience:
        return None
    total = outcomes.audience
    sentence = ngettext(
        "The one person of this audience cannot be written to. The review says why.",
        "None of the %(count)d people of this audience can be written to. The review says why.",
        total,
    )
    return Fault("audience", "segment", sentence % {"count": total})


def _audience(campaign: Campaign, at: datetime) -> Iterator[Fault]:
    if campaign.segment is None:
        yield Fault(
            "audience", "segment", _("No audience is chosen yet. Choose a segment, or make a new one.")
        )
        return
    broken = list(_broken_rules(campaign, at))
    yield from broken
    if not broken and audience.count(audience.rule(campaign), at) == 0:
        yield Fault("audience", "segment", _("Nobody is in this audience at the moment. Choose another one."))


def _broken_rules(campaign: Campaign, at: datetime) -> Iterator[Fault]:
    """The segments that match nobody because something in them is broken, by name."""
    chosen = [("segment", campaign.segment), *(("exclusions", s) for s in campaign.exclusions.order_by("pk"))]
    for place, segment in chosen:
        if segment is not None:
            for sentence in compiler.compile_rule(segment.rule, at).faults:
                told = _("Segment “%(name)s”: %(fault)s") % {"name": segment.name, "fault": sentence}
                yield Fault("audience", place, told)


def _content(campaign: Campaign) -> Iterator[Fault]:
    for fault in messages.faults(campaign.message, Shop.current().languages):
        if fault.blocks:
            place = fault.place.field if not fault.place.language else ""
            query = variants.query(fault.channel, fault.place.language, fault.variant, fault.place.block)
            yield Fault(
                "content", place, _told(campaign, fault), urlencode(query) if fault.place.language else ""
            )


def _unread(campaign: Campaign) -> Iterator[Fault]:
    """A next channel that never has its turn, as the message has expired by then."""
    message = campaign.message
    expires_after = message.expires_after or policy.load().expires_after
    if message.unread_after and len(message.channels) > 1 and message.unread_after >= expires_after:
        sentence = _(
            "Who has not read it would get it on the next channel after %(unread)s, but it expires after %(expiry)s. "
            "Choose a shorter time for reading, or a longer one until it expires."
        )
        times = {"unread": routes.waiting(message.unread_after), "expiry": routes.expiring(expires_after)}
        yield Fault("content", "unread_after", sentence % times)


def _coupon(campaign: Campaign, at: datetime) -> Iterator[Fault]:
    """One that has ended when the campaign goes out."""
    coupon = forecast.coupon_of(campaign.message)
    if coupon and coupon.valid_until and coupon.valid_until <= schedule.due(campaign, at):
        sentence = _(
            "The coupon “%(name)s” has ended when this goes out. Choose another one, or a later last day."
        )
        yield Fault("content", "coupon", sentence % {"name": coupon.name})


def hints(campaign: Campaign) -> list[str]:
    """What does not stop the launch but could go wrong."""
    found = messages.faults(campaign.message, Shop.current().languages)
    return [_told(campaign, fault) for fault in found if not fault.blocks]


def _told(campaign: Campaign, fault: messages.Fault) -> str:
    """The sentence with its place: “German, B, Button (Label): …”, behind the channel where there are several."""
    language = messages.language_name(fault.place.language)
    if not fault.place.language or language in fault.sentence:
        return f"{_channel(campaign, fault)}{fault.sentence}"
    block = _block(campaign, fault)
    variant = "" if fault.variant == variants.FIRST else f", {fault.variant}"
    place = f"{_channel(campaign, fault)}{language}{variant}"
    return f"{place}, {block}: {fault.sentence}" if block else f"{place}: {fault.sentence}"


def _channel(campaign: Campaign, fault: messages.Fault) -> str:
    label = str(formats[fault.channel].label)
    named = not fault.place.language or label in fault.sentence or len(campaign.message.channels) == 1
    return "" if named else f"{label}, "


def _block(campaign: Campaign, fault: messages.Fault) -> str:
    """The words for a block and its field; empty when the fault is not in a block."""
    written = campaign.message.contents.filter(
        channel=fault.channel, language=fault.place.language, variant=fault.variant
    )
    return next(filter(None, (messages.block_words(content, fault.place) for content in written)), "")


def _time(campaign: Campaign, at: datetime) -> Iterator[Fault]:
    if campaign.time_zone not in available_timezones():
        yield Fault("time", "time_zone", _("This time zone does not exist. Choose another one."))
    elif not campaign.when:
        yield Fault("time", "when", _("Nobody has said yet when it goes out: at once, or at a set time."))
    elif campaign.when == Campaign.When.LATER:
        if campaign.wall_time is None:
            yield Fault(
                "time", "wall_time", _("The time is missing. Enter a date and a time, or send at once.")
            )
        elif clocks.instant(campaign.wall_time, campaign.time_zone) < at:
            yield Fault("time", "wall_time", _("This time has passed. Choose a later one, or send at once."))
    if not 1 <= campaign.attribution_days <= 90:
        yield Fault("time", "attribution_days", _("Orders can count for 1 to 90 days after the click."))
