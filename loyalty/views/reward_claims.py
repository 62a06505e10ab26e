"""Claims of rewards: the list, one with its facts, handing goods over, cancelling."""

from typing import Any, cast

import django_filters as filters
import django_tables2 as tables
from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from config import formats
from config.pages import confirm
from config.pages.columns import BadgeColumn, MomentColumn, NumberColumn
from config.pages.listing import ListPage
from config.pages.parts import Action, Empty, Tone
from config.pages.tables import ListTable
from customers import access
from customers.models import Store, User
from loyalty.forms.rewards import HandOverForm
from loyalty.models import Reward, RewardClaim
from loyalty.rewards import claims
from loyalty.rewards.refusals import Refused

VIEW, CHANGE = "loyalty.view_rewardclaim", "loyalty.change_rewardclaim"
TONES: dict[str, Tone] = {"open": "wait", "done": "good", "cancelled": "calm"}


class ClaimTable(ListTable):
    at = MomentColumn(order_by=("at", "pk"))
    reward = tables.Column()
    customer = tables.Column(verbose_name=gettext_lazy("Customer"), orderable=False)
    points = NumberColumn(orderable=False)
    store = tables.Column(verbose_name=gettext_lazy("Store"), orderable=False)
    state = BadgeColumn(tones=TONES, orderable=False)

    class Meta:
        model = RewardClaim
        fields = ["at", "reward", "customer", "points", "store", "state"]
        order_by = "-at"

    def render_customer(self, record: RewardClaim) -> str:
        return access.name_for(self.request.user, record.customer)

    value_customer = render_customer


class ClaimFilter(filters.FilterSet):  # type: ignore[misc]
    state = filters.ChoiceFilter(choices=RewardClaim.State.choices, empty_label=gettext_lazy("any"))
    reward = filters.ModelChoiceFilter(
        label=gettext_lazy("Reward"),
        queryset=Reward.objects.order_by("name"),
        empty_label=gettext_lazy("any"),
    )

    class Meta:
        model = RewardClaim
        fields = ["state", "reward"]


class ClaimList(ListPage):
    key = "reward_claims"
    title = gettext_lazy("Claims of rewards")
    permission = VIEW
    section = "loyalty"
    table_class = ClaimTable
    filter_class = ClaimFilter

    @property
    def empty(self) -> Empty:  # type: ignore[override]
        text = gettext_lazy(
            "Each reward that a customer takes for her points stands here, with what became of it."
        )
        to = Action(gettext_lazy("See the rewards"), reverse("reward_list"), "gift")
        return Empty(gettext_lazy("Nobody has claimed a reward yet"), text, "gift", to)

    def rows(self) -> QuerySet[RewardClaim]:
        return seen_by(cast(User, self.request.user))

    def row_url(self, record: RewardClaim) -> str:
        return reverse("reward_claim", args=[record.pk])


def seen_by(reader: User) -> QuerySet[RewardClaim]:
    rows = RewardClaim.objects.select_related("reward", "customer", "store", "code", "actor")
    if reader.has_perm("customers.view_every_store"):
        return rows
    return rows.filter(customer__in=access.customers_for(reader))


@login_required
@permission_required(VIEW, raise_exception=True)
@require_safe
def reward_claim(request: HttpRequest, claim_id: int) -> HttpResponse:
    user = cast(User, request.user)
    return _page(request, _get(user, claim_id), HandOverForm(_stores(user)))


@login_required
@permission_required(CHANGE, raise_exception=True)
@require_POST
def reward_claim_hand_over(request: HttpRequest, claim_id: int) -> HttpResponse:
    user = cast(User, request.user)
    found, form = _get(user, claim_id), HandOverForm(_stores(user), request.POST)
    if not form.is_valid():
        return _page(request, found, form)
    try:
        claims.hand_over(found.pk, user, form.cleaned_data["store"], timezone.now())
    except Refused as why:
        messages.error(request, f"{why.sentence} {why.mend}")
    else:
        messages.success(request, _("Handed over: %s.") % found.reward.name)
    return redirect("reward_claim", found.pk)


@login_required
@permission_required("loyalty.change_reward", raise_exception=True)
def reward_claim_cancel(request: HttpRequest, claim_id: int) -> HttpResponse:
    user = cast(User, request.user)
    found = _get(user, claim_id)
    if request.method == "POST":
        try:
            claims.cancel(found.pk, timezone.now(), user)
        except Refused as why:
            messages.error(request, f"{why.sentence} {why.mend}")
        else:
            told = _("Cancelled. %s points are back.")
            messages.success(request, told % formats.number(found.points))
        return redirect("reward_claim", found.pk)
    return confirm.ask(
        request,
        _("Cancel this claim"),
        _("%s points go back to the customer. A code that was given for them cannot be used any more.")
        % formats.number(found.points),
        _("Cancel the claim"),
        reverse("reward_claim", args=[found.pk]),
    )


def _get(user: User, claim_id: int) -> RewardClaim:
    return get_object_or_404(seen_by(user), pk=claim_id)


def _stores(user: User) -> QuerySet[Store]:
    stores = Store.objects.order_by("name")
    return (
        stores
        if user.has_perm("customers.view_every_store")
        else stores.filter(pk__in=user.stores.values("pk"))
    )


def _page(request: HttpRequest, claim: RewardClaim, form: HandOverForm) -> HttpResponse:
    goods = claim.reward.kind == Reward.Kind.GOODS and claim.state == RewardClaim.State.OPEN
    context: dict[str, Any] = {
        "claim": claim,
        "form": form,
        "title": claim.reward.name,
        "name": access.name_for(cast(User, request.user), claim.customer),
        "tone": TONES[claim.state],
        "may_hand_over": goods and request.user.has_perm(CHANGE),
        "may_cancel": claim.state != RewardClaim.State.CANCELLED
        and request.user.has_perm("loyalty.change_reward"),
    }
    return render(request, "loyalty/reward_claim.html", context)
