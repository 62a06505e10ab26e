"""The ladder of tiers, its rungs and the rules by which they are kept."""

from functools import partial
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from config import formats
from config.pages import confirm
from config.pages.parts import Bar, Figure
from customers import audit, form_drafts
from customers.models import User
from loyalty import programs, tier_ladder, tiers
from loyalty.forms.tiers import PolicyForm, TierForm
from loyalty.models import Program, Tier, TierPeriod, TierPolicy
from loyalty.tier_ladder import Rung

VIEW, ADD, CHANGE, DELETE = (f"loyalty.{act}_tier" for act in ("view", "add", "change", "delete"))


def program_of_shop() -> Program | None:
    return programs.active().first()


@login_required
@permission_required(VIEW, raise_exception=True)
@require_safe
def tier_list(request: HttpRequest) -> HttpResponse:
    program, at = program_of_shop(), timezone.now()
    context: dict[str, Any] = {"title": _("Tiers"), "program": program, "program_url": _program_url()}
    if program is not None:
        policy = TierPolicy.objects.filter(pk=program.pk).first() or TierPolicy(program=program)
        falling = tiers.falling(program, policy.announce_days, at)
        rungs = tier_ladder.rungs(program, at, falling)
        context |= {
            "policy": policy,
            "rules": rules_in_words(policy),
            "rungs": rungs,
            "has_tiers": len(rungs) > 1,
            "figures": _figures(rungs, policy),
            "bars": [_bar(rung) for rung in reversed(rungs)],
            "bar_caption": _("Members by tier"),
            "bar_unit": _("customers"),
            "waiting": TierPeriod.objects.filter(coupon_due=True, tier__program=program).count(),
        }
    return render(request, "loyalty/tier_list.html", context)


def _program_url() -> str:
    try:
        return reverse("program")
    except NoReverseMatch:
        return ""


def rules_in_words(policy: TierPolicy) -> str:
    if policy.period == TierPolicy.Period.CALENDAR_YEAR:
        counts = _("Points of a calendar year count. A tier lasts until the end of the next year.")
    else:
        counts = ngettext(
            "Points of the last %s month count. A tier lasts as long.",
            "Points of the last %s months count. A tier lasts as long.",
            policy.months,
        ) % formats.number(policy.months)
    falls = {
        TierPolicy.Fall.ONE_STEP: _("Who has too few by then goes one tier down."),
        TierPolicy.Fall.BY_POINTS: _("Who has too few by then goes to the tier that they are enough for."),
    }
    return f"{counts} {falls[TierPolicy.Fall(policy.fall)]}"


def _figures(rungs: list[Rung], policy: TierPolicy) -> list[Figure]:
    within = reverse("tier_members")
    ranked = [rung for rung in rungs if rung.tier]
    members, falling = sum(r.members for r in ranked), sum(r.falling for r in ranked)
    everybody = members + rungs[-1].members
    share = formats.percent(members / everybody) if everybody else "–"
    return [
        Figure(_("Members with a tier"), formats.number(members), note=share, url=within),
        Figure(_("Came into a tier this month"), formats.number(sum(r.entered for r in ranked))),
        Figure(_("Left a tier this month"), formats.number(sum(r.left for r in ranked))),
        Figure(
            ngettext("Fall within %s day", "Fall within %s days", policy.announce_days)
            % formats.number(policy.announce_days),
            formats.number(falling),
            note=_("unless points come"),
            url=f"{within}?falling={policy.announce_days}",
        ),
    ]


def _bar(rung: Rung) -> Bar:
    url = f"{reverse('tier_members')}?tier={rung.tier.pk}" if rung.tier else ""
    return Bar(rung.name, rung.members, formats.number(rung.members), url)


@login_required
@permission_required(ADD, raise_exception=True)
@form_drafts.keeps_draft
def tier_create(request: HttpRequest) -> HttpResponse:
    program = program_of_shop()
    if program is None:
        return redirect("tier_list")
    return _edit(request, Tier(program=program), _("Add tier"))


@login_required
@permission_required(CHANGE, raise_exception=True)
@form_drafts.keeps_draft
def tier_edit(request: HttpRequest, tier_id: int) -> HttpResponse:
    tier = get_object_or_404(Tier.objects.select_related("program"), pk=tier_id, active=True)
    return _edit(request, tier, tier.name)


def _edit(request: HttpRequest, tier: Tier, title: str) -> HttpResponse:
    form = TierForm(tier.program, request.POST or None, instance=tier)
    save = partial(_saved, form, cast(User, request.user))
    if request.method == "POST" and form.is_valid() and form_drafts.save(request, tier, save):
        messages.success(
            request, _("Tier “%(name)s” saved. Members are looked at within minutes.") % {"name": tier}
        )
        return redirect("tier_list")
    # A refused form has put what was typed into the instance; the preview is of what stands.
    count = _preview(tier.program, str(form["threshold"].value() or ""), tier)
    draft = form_drafts.shown(request, tier)
    context = {"form": form, "title": title, "tier": tier, "preview": count, "draft": draft}
    return render(request, "loyalty/tier_edit.html", context)


def _saved(form: TierForm, by: User) -> Tier:
    at, added = timezone.now(), form.instance.pk is None
    tier = form.save()
    TierPolicy.objects.get_or_create(program=tier.program)
    if tier.coupon_id is None:
        TierPeriod.objects.filter(tier=tier, coupon_due=True).update(coupon_due=False)
    if added or "threshold" in form.changed_data:
        tiers.look_at_all(tier.program, at)
    act = "tier.added" if added else "tier.changed"
    audit.record(by, act, tier, at, fields=sorted(form.changed_data))
    return tier


@login_required
@permission_required(CHANGE, raise_exception=True)
@require_safe
def tier_preview(request: HttpRequest) -> HttpResponse:
    """The sentence below the threshold, while it is typed."""
    program = program_of_shop()
    tier = Tier.objects.filter(pk=_number(request.GET.get("tier", "")) or 0, active=True).first()
    if program is None:
        return HttpResponse(status=204)
    count = _preview(tier.program if tier else program, request.GET.get("threshold", ""), tier)
    return render(request, "loyalty/_tier_preview.html", {"preview": count})


def _preview(program: Program, threshold: str, tier: Tier | None) -> str:
    number = _number(threshold)
    if not number:
        return _("Enter the points to see how many would be in it.")
    found = tiers.preview(program, number, timezone.now(), tier if tier and tier.pk else None)
    members = ngettext(
        "By the points of today %s customer would be in it",
        "By the points of today %s customers would be in it",
        found.members,
    ) % formats.number(found.members)
    rising = ngettext("%s would rise into it at once.", "%s would rise into it at once.", found.rising)
    return f"{members}; {rising % formats.number(found.rising)}"


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and text.isascii() and 0 < int(text[:18]) < 10**9 + 1 else None


@login_required
@permission_required(DELETE, raise_exception=True)
def tier_delete(request: HttpRequest, tier_id: int) -> HttpResponse:
    tier = get_object_or_404(Tier.objects.select_related("program"), pk=tier_id, active=True)
    if request.method == "POST":
        _take_away(tier, cast(User, request.user))
        messages.success(request, _("Tier “%(name)s” was taken away.") % {"name": tier})
        return redirect("tier_list")
    members = TierPeriod.objects.filter(tier=tier, current=True).count()
    text = ngettext(
        "%s customer has it. She moves to the tier below at once; the history stays.",
        "%s customers have it. They move to the tier below at once; the history stays.",
        members,
    ) % formats.number(members)
    title = _("Take the tier “%(name)s” away?") % {"name": tier}
    return confirm.ask(request, title, text, _("Take tier away"), reverse("tier_list"))


@transaction.atomic
def _take_away(tier: Tier, by: User) -> None:
    at = timezone.now()
    Tier.objects.filter(pk=tier.pk).update(active=False)
    TierPeriod.objects.filter(tier=tier, coupon_due=True).update(coupon_due=False)
    tiers.look_at_all(tier.program, at)
    audit.record(by, "tier.removed", tier, at)


@login_required
@permission_required("loyalty.change_tierpolicy", raise_exception=True)
def tier_policy(request: HttpRequest) -> HttpResponse:
    program = program_of_shop()
    if program is None:
        return redirect("tier_list")
    policy = TierPolicy.objects.filter(pk=program.pk).first() or TierPolicy(program=program)
    form = PolicyForm(request.POST or None, instance=policy)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            at = timezone.now()
            form.save()
            tiers.look_at_all(program, at)
            audit.record(
                cast(User, request.user), "tier.rules_changed", policy, at, fields=sorted(form.changed_data)
            )
        messages.success(request, _("Rules saved. Tiers that are held keep their end."))
        return redirect("tier_list")
    return render(request, "loyalty/tier_policy.html", {"form": form, "title": _("Rules of tiers")})
