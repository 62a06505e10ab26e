"""Rewards: the list with its figures, making and editing one, pausing it."""

from functools import partial
from typing import cast

import django_filters as filters
import django_tables2 as tables
from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.db import transaction
from django.db.models import Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config import formats
from config.pages import confirm
from config.pages.columns import BadgeColumn, DayColumn, NumberColumn
from config.pages.listing import ListPage
from config.pages.parts import Action, Empty, Figure
from config.pages.tables import ListTable
from customers import audit, form_drafts
from customers.models import User
from loyalty.forms.rewards import RewardForm
from loyalty.models import PointsPayment, Reward, RewardClaim

VIEW, CHANGE, ADD = "loyalty.view_reward", "loyalty.change_reward", "loyalty.add_reward"
LIVE = ~Q(state=RewardClaim.State.CANCELLED)
KEPT = F("points") - F("given_back")


class RewardTable(ListTable):
    name = tables.Column()
    kind = tables.Column()
    points = NumberColumn()
    claimed = NumberColumn(verbose_name=gettext_lazy("Claims"))
    taken = NumberColumn(verbose_name=gettext_lazy("Points taken"))
    left = NumberColumn(verbose_name=gettext_lazy("Left"))
    ends_on = DayColumn()
    active = BadgeColumn(
        verbose_name=gettext_lazy("State"),
        tones={True: "good", False: "wait"},
        labels={True: gettext_lazy("on"), False: gettext_lazy("paused")},
    )

    class Meta:
        model = Reward
        fields = ["name", "kind", "points", "claimed", "taken", "left", "ends_on", "active"]
        order_by = "points"


class RewardFilter(filters.FilterSet):  # type: ignore[misc]
    kind = filters.ChoiceFilter(choices=Reward.Kind.choices, empty_label=gettext_lazy("any"))

    class Meta:
        model = Reward
        fields = ["kind"]


class RewardList(ListPage):
    key = "rewards"
    title = gettext_lazy("Rewards")
    permission = VIEW
    section = "loyalty"
    table_class = RewardTable
    filter_class = RewardFilter
    search_help = gettext_lazy("Name")

    @property
    def empty(self) -> Empty:  # type: ignore[override]
        text = gettext_lazy(
            "What customers get for their points: a coupon code, goods from a store, or money off."
        )
        return Empty(gettext_lazy("No reward yet"), text, "gift", self.primary())

    def rows(self) -> QuerySet[Reward]:
        """A reward that is worth money counts the baskets that were paid with it."""
        paid = PointsPayment.objects.filter(reward=OuterRef("pk"), state=PointsPayment.State.SPENT)
        claimed = RewardClaim.objects.filter(LIVE, reward=OuterRef("pk"))
        return Reward.objects.annotate(
            claimed=F("used") + _figure(paid, Count("pk")),
            taken=_figure(claimed, Sum("points")) + _figure(paid, Sum(KEPT)),
            left=F("stock") - F("used"),
        )

    def search(self, rows: QuerySet[Reward], text: str) -> QuerySet[Reward]:
        return rows.filter(name__icontains=text)

    def figures(self) -> list[Figure]:
        claims = RewardClaim.objects.filter(LIVE).aggregate(
            claims=Count("pk"), points=Sum("points"), waiting=Count("pk", filter=Q(state="open"))
        )
        paid = PointsPayment.objects.filter(state=PointsPayment.State.SPENT).aggregate(points=Sum(KEPT))
        taken = (claims["points"] or 0) + (paid["points"] or 0)
        return [
            Figure(gettext_lazy("Claims"), formats.number(claims["claims"])),
            Figure(gettext_lazy("Points taken"), formats.number(taken)),
            Figure(gettext_lazy("To be handed over"), formats.number(claims["waiting"])),
        ]

    def row_url(self, record: Reward) -> str:
        if self.request.user.has_perm(CHANGE):
            return reverse("reward_edit", args=[record.pk])
        return f"{reverse('reward_claim_list')}?reward={record.pk}"

    def primary(self) -> Action | None:
        add = Action(gettext_lazy("New reward"), reverse("reward_create"), "plus")
        return add if self.request.user.has_perm(ADD) else None

    def menu(self) -> list[Action]:
        return [Action(gettext_lazy("Claims"), reverse("reward_claim_list"), "list")]


def _figure(rows: QuerySet[RewardClaim] | QuerySet[PointsPayment], of: Count | Sum) -> Coalesce:
    one = rows.order_by().values("reward").annotate(figure=of).values("figure")
    return Coalesce(Subquery(one, output_field=IntegerField()), 0)


@login_required
@permission_required(ADD, raise_exception=True)
@form_drafts.keeps_draft
def reward_create(request: HttpRequest) -> HttpResponse:
    return _edit(request, Reward(), _("New reward"))


@login_required
@permission_required(CHANGE, raise_exception=True)
@form_drafts.keeps_draft
def reward_edit(request: HttpRequest, reward_id: int) -> HttpResponse:
    found = get_object_or_404(Reward, pk=reward_id)
    return _edit(request, found, found.name)


@transaction.atomic
def _edit(request: HttpRequest, reward: Reward, title: str) -> HttpResponse:
    if request.method == "POST" and reward.pk:
        # Nobody claims one between the look at the stock and the saving.
        reward = Reward.objects.select_for_update(no_key=True).get(pk=reward.pk)
    form = RewardForm(request.POST or None, instance=reward)
    save = partial(_saved, form, cast(User, request.user))
    if request.method == "POST" and form.is_valid() and form_drafts.save(request, reward, save):
        messages.success(request, _("Reward “%s” saved.") % form.instance.name)
        return redirect("reward_list")
    context = {"form": form, "title": title, "reward": reward, "draft": form_drafts.shown(request, reward)}
    return render(request, "loyalty/reward_edit.html", context)


def _saved(form: RewardForm, by: User) -> Reward:
    act = "reward.added" if form.instance.pk is None else "reward.changed"
    made = form.save()
    audit.record(by, act, made, timezone.now(), fields=sorted(form.changed_data))
    return made


@login_required
@permission_required(CHANGE, raise_exception=True)
def reward_switch(request: HttpRequest, reward_id: int) -> HttpResponse:
    """Pausing asks first; switching on again does not."""
    found = get_object_or_404(Reward, pk=reward_id)
    if request.method == "POST":
        on = not found.active
        with transaction.atomic():
            Reward.objects.filter(pk=found.pk).update(active=on)
            audit.record(
                cast(User, request.user), "reward.resumed" if on else "reward.paused", found, timezone.now()
            )
        return redirect("reward_edit", found.pk)
    return confirm.ask(
        request,
        _("Pause “%s”") % found.name,
        _(
            "Nobody can claim it from this moment on. What was claimed stays, and goods are still handed over."
        ),
        _("Pause"),
        reverse("reward_edit", args=[found.pk]),
    )
