"""Referrals for staff: the list with its figures, the rules in words, and changing them."""

from typing import cast

import django_filters as filters
import django_tables2 as tables
from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from config import formats
from config.pages.columns import BadgeColumn, MomentColumn, NumberColumn
from config.pages.listing import ListPage
from config.pages.parts import Action, Empty, Figure, Tone
from config.pages.tables import ListTable
from customers import access, finding
from customers.models import Customer, Shop, User
from loyalty import programs
from loyalty.coupons.codes import normalise
from loyalty.forms.referrals import RulesForm
from loyalty.models import Referral, ReferralTerms
from loyalty.referrals import figures, rules

VIEW, CHANGE = "loyalty.view_referral", "loyalty.change_program"
TONES: dict[str, Tone] = {
    "claimed": "info",
    "qualified": "wait",
    "rewarded": "good",
    "missed": "calm",
    "returned": "wait",
    "taken_back": "calm",
}


class ReferralTable(ListTable):
    claimed_at = MomentColumn(gettext_lazy("Named at"), order_by=("claimed_at", "pk"))
    referrer = tables.Column(gettext_lazy("Recommended by"), orderable=False)
    recommended = tables.Column(gettext_lazy("New customer"), orderable=False)
    state = BadgeColumn(tones=TONES, orderable=False)
    reason = tables.Column(orderable=False)
    value = NumberColumn(gettext_lazy("First order"), orderable=False)
    rewarded_at = MomentColumn(orderable=False)

    class Meta:
        model = Referral
        fields = [
            *("claimed_at", "referrer", "recommended", "state", "reason", "value"),
            "rewarded_at",
        ]
        order_by = "-claimed_at"

    def render_referrer(self, value: Customer) -> str:
        return access.name_for(cast(User, self.request.user), value)

    value_referrer = value_recommended = render_recommended = render_referrer

    def render_reason(self, record: Referral) -> str:
        return record.get_reason_display() if record.reason else "–"

    def value_reason(self, record: Referral) -> str:
        return record.get_reason_display() if record.reason else ""

    def render_value(self, value: int) -> str:
        return formats.money(value, Shop.current().currency or "EUR")

    def value_value(self, value: int) -> object:
        return formats.major(value, Shop.current().currency or "EUR")


class ReferralFilter(filters.FilterSet):  # type: ignore[misc]
    state = filters.ChoiceFilter(
        label=gettext_lazy("State"), choices=Referral.State.choices, empty_label=gettext_lazy("any")
    )
    reason = filters.ChoiceFilter(
        label=gettext_lazy("Reason"), choices=Referral.Reason.choices[1:], empty_label=gettext_lazy("any")
    )
    source = filters.ChoiceFilter(
        label=gettext_lazy("Heard from"), choices=Referral.Source.choices, empty_label=gettext_lazy("any")
    )

    class Meta:
        model = Referral
        fields = ["state", "reason", "source"]


class ReferralList(ListPage):
    key = "referrals"
    title = gettext_lazy("Referrals")
    permission = VIEW
    section = "loyalty"
    table_class = ReferralTable
    filter_class = ReferralFilter
    search_help = gettext_lazy("A customer on either side, or a referral code")

    @property
    def empty(self) -> Empty:  # type: ignore[override]
        text = gettext_lazy(
            "Customers recommend customers: both get something once the first order cannot be returned any more."
        )
        return Empty(gettext_lazy("Nobody was recommended yet"), text, "user-plus", self.primary())

    def rows(self) -> QuerySet[Referral]:
        return Referral.objects.select_related("referrer", "recommended")

    def search(self, rows: QuerySet[Referral], text: str) -> QuerySet[Referral]:
        reader = cast(User, self.request.user)
        seen, names = access.customers_for(reader), access.sees_names(reader)
        people = finding.find(seen, text, names=names).values("pk")
        code = Q(referrer__referral_code__text=normalise(text)) if normalise(text) else Q()
        return rows.filter(Q(referrer__in=people) | Q(recommended__in=people) | code)

    def row_url(self, record: Referral) -> str:
        return reverse("customer", args=[record.recommended_id])

    def primary(self) -> Action | None:
        return Action(gettext_lazy("Rules"), reverse("referral_rules"), "settings")

    def figures(self) -> list[Figure]:
        now = figures.now()
        revenue = formats.money(now.revenue, Shop.current().currency or "EUR")
        return [
            Figure(_("Recommended"), formats.number(now.claimed), note=_("new customers")),
            Figure(_("First order counts"), formats.number(now.qualified)),
            Figure(_("Rewarded"), formats.number(now.rewarded)),
            Figure(_("Revenue"), revenue, note=_("of those recommended")),
        ]


# --- The rules ---


@login_required
@permission_required(VIEW, raise_exception=True)
@require_safe
def referral_rules(request: HttpRequest) -> HttpResponse:
    program = programs.current()
    terms = rules.newest(program) if program else None
    state, tone = _state(terms)
    context = {
        "title": _("Rules of referrals"),
        "program": program,
        "terms": terms,
        "lines": rules.words(terms) if terms else [],
        "state": state,
        "tone": tone,
        "history": rules.history(program) if program else [],
        "empty": _empty(request, program is not None),
    }
    return render(request, "loyalty/referral_rules.html", context)


def _state(terms: ReferralTerms | None) -> tuple[str, Tone]:
    at = timezone.now()
    if terms is None or not terms.active:
        return _("switched off"), "calm"
    if not terms.program.active:
        return _("the points programme is stopped"), "wait"
    return (_("runs"), "good") if rules.counts(terms, at) else (_("outside its days"), "wait")


def _empty(request: HttpRequest, ready: bool) -> Empty:
    if not ready:
        to = Action(_("Set up the programme"), reverse("program"), "award")
        return Empty(_("First the points programme"), _("Referrals belong to it."), "award", to)
    to = Action(_("Set the rules"), reverse("referral_rules_edit"), "plus")
    text = _("Say what both get, what has to be bought, and how often somebody may be rewarded.")
    may = request.user.has_perm(CHANGE)
    return Empty(_("No rules yet"), text, "user-plus", to if may else None)


@login_required
@permission_required(CHANGE, raise_exception=True)
def referral_rules_edit(request: HttpRequest) -> HttpResponse:
    """Saving makes the next version, which holds for whoever is recommended from now on."""
    program = programs.current()
    if program is None:
        return redirect("referral_rules")
    form = RulesForm(request.POST or None, program)
    if request.method == "POST" and form.is_valid():
        made = form.save(cast(User, request.user), timezone.now())
        said = _("Version %s holds for whoever is recommended from now on.")
        messages.success(request, said % formats.number(made.version))
        return redirect("referral_rules")
    context = {
        "form": form,
        "title": _("Change the rules of referrals"),
        "back": reverse("referral_rules"),
        "where": _("Rules of referrals"),
        "note": _(
            "Whoever was recommended before keeps the rules of that day; only the limits hold for all."
        ),
        "button": _("Save as the next version"),
    }
    return render(request, "loyalty/form.html", context)
