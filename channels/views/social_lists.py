"""The list of posts, one row for each account."""

from datetime import timedelta

import django_filters as filters
import django_tables2 as tables
from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.db.models import IntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from channels.forms.social import NameForm
from channels.models import SocialAccount, SocialClicks, SocialNetwork, SocialPost
from channels.social import decisions, posts, words
from channels.views.social_parts import ADD, CHANGE, PUBLISH, VIEW, reader
from config import formats
from config.pages.columns import BadgeColumn, MomentColumn, NumberColumn
from config.pages.listing import BulkAction, ListPage
from config.pages.parts import Action, Empty, Figure
from config.pages.tables import ListTable

CLICKS = SocialClicks.objects.filter(post=OuterRef("pk")).values("post").annotate(n=Sum("people")).values("n")
MONTH = timedelta(days=30)


class PostTable(ListTable):
    name = tables.Column(verbose_name=gettext_lazy("Post"), accessor="group__name")
    network = tables.Column(
        verbose_name=gettext_lazy("Network"),
        accessor="account__get_network_display",
        order_by=("account__network",),
    )
    account = tables.Column(verbose_name=gettext_lazy("Account"), accessor="account__name")
    state = BadgeColumn(verbose_name=gettext_lazy("State"), tones=words.TONES)
    why = tables.Column(verbose_name=gettext_lazy("Note"), empty_values=(), orderable=False)
    due_at = MomentColumn(verbose_name=gettext_lazy("When"))
    people = NumberColumn(verbose_name=gettext_lazy("Clicks"), accessor="people")

    class Meta:
        model = SocialPost
        fields = ["name", "network", "account", "state", "why", "due_at", "people"]
        order_by = "-due_at"

    def render_why(self, record: SocialPost) -> str:
        found = words.why(record)
        return str(found.label) if found else "–"

    def value_why(self, record: SocialPost) -> str:
        found = words.why(record)
        return str(found.label) if found else ""


class PostFilter(filters.FilterSet):  # type: ignore[misc]
    state = filters.ChoiceFilter(
        label=gettext_lazy("State"), choices=SocialPost.State.choices, empty_label=gettext_lazy("any")
    )
    network = filters.ChoiceFilter(
        label=gettext_lazy("Network"),
        field_name="account__network",
        choices=SocialNetwork.choices,
        empty_label=gettext_lazy("any"),
    )
    account = filters.ModelChoiceFilter(
        label=gettext_lazy("Account"),
        queryset=SocialAccount.objects.order_by("name"),
        empty_label=gettext_lazy("any"),
    )
    attention = filters.ChoiceFilter(
        label=gettext_lazy("Needs you"),
        choices=[("yes", gettext_lazy("yes"))],
        method="by_attention",
        empty_label=gettext_lazy("any"),
    )

    class Meta:
        model = SocialPost
        fields = ["state", "network", "account", "attention"]

    def by_attention(self, rows: QuerySet[SocialPost], name: str, value: str) -> QuerySet[SocialPost]:
        return rows.filter(pk__in=posts.needing())


def cancel_all(request: HttpRequest, rows: QuerySet[SocialPost]) -> None:
    cancelled, kept = 0, 0
    for number in rows.order_by("pk").values_list("pk", flat=True):
        try:
            decisions.cancel(number, reader(request), timezone.now())
            cancelled += 1
        except posts.Refused:
            kept += 1
    if cancelled:
        sentence = ngettext("%(n)s post is cancelled.", "%(n)s posts are cancelled.", cancelled)
        messages.success(request, sentence % {"n": cancelled})
    if kept:
        sentence = ngettext("%(n)s was not scheduled and stays.", "%(n)s were not scheduled and stay.", kept)
        messages.warning(request, sentence % {"n": kept})


class SocialList(ListPage):
    key = "social_posts"
    title = gettext_lazy("Social")
    permission = VIEW
    template = "channels/social_list.html"
    table_class = PostTable
    filter_class = PostFilter
    search_help = gettext_lazy("Name or words of the post")
    bulk_actions = (
        BulkAction(
            "cancel",
            gettext_lazy("Cancel posts"),
            cancel_all,
            "x",
            question=gettext_lazy("What is scheduled or failed is cancelled. What was posted stays."),
            permission=PUBLISH,
            danger=True,
        ),
    )

    @property
    def empty(self) -> Empty:  # type: ignore[override]
        return Empty(
            gettext_lazy("No posts yet"),
            gettext_lazy(
                "A post says the same on Facebook, Instagram, X and Pinterest, each in its own way."
            ),
            "share",
            self.primary(),
        )

    def figures(self) -> list[Figure]:
        """What is to come, what needs somebody, and what the last month brought."""
        at = timezone.now()
        since = timezone.localdate(at - MONTH)
        people = SocialClicks.objects.filter(day__gte=since).aggregate(n=Sum("people"))["n"] or 0
        planned = SocialPost.objects.filter(state=SocialPost.State.SCHEDULED)
        posted = SocialPost.objects.filter(state=SocialPost.State.POSTED, due_at__gte=at - MONTH)
        needing = posts.needing().count()
        here = reverse("social_list")
        return [
            Figure(_("Scheduled"), formats.number(planned.count()), url=f"{here}?state=scheduled"),
            Figure(_("Posted in 30 days"), formats.number(posted.count())),
            Figure(_("Clicks in 30 days"), formats.number(people)),
            Figure(
                _("Needs you"),
                formats.number(needing),
                tone="bad" if needing else "calm",
                url=f"{here}?attention=yes" if needing else "",
            ),
        ]

    def rows(self) -> QuerySet[SocialPost]:
        clicks = Coalesce(Subquery(CLICKS, output_field=IntegerField()), None)
        return SocialPost.objects.select_related("group", "account").annotate(people=clicks)

    def search(self, rows: QuerySet[SocialPost], text: str) -> QuerySet[SocialPost]:
        return rows.filter(Q(group__name__icontains=text) | Q(text__icontains=text))

    def row_url(self, record: SocialPost) -> str:
        return reverse("social_group", args=[record.group_id])

    def primary(self) -> Action | None:
        if not self.request.user.has_perm(ADD):
            return None
        return Action(gettext_lazy("New post"), reverse("social_create"), "plus")

    def menu(self) -> list[Action]:
        may = self.request.user.has_perm("channels.view_socialaccount")
        accounts = Action(gettext_lazy("Social accounts"), reverse("social_account_list"), "settings")
        return [accounts] if may else []


@login_required
@permission_required(ADD, raise_exception=True)
@permission_required(CHANGE, raise_exception=True)
def social_create(request: HttpRequest) -> HttpResponse:
    """First its name; `?day=` of the calendar is its day."""
    form = NameForm(request.POST or None, initial={"day": request.GET.get("day", "")})
    if request.method == "POST" and form.is_valid():
        group = posts.create(reader(request), form.cleaned_data["name"])
        wall = form.wall_time()
        if wall is not None:
            group.wall_time = wall
            group.save(update_fields=["wall_time"])
        return redirect("social_edit", group.pk)
    context = {
        "form": form,
        "title": _("New post"),
        "back": reverse("social_list"),
        "where": _("Social"),
        "button": _("Write it"),
    }
    return render(request, "channels/set_up_edit.html", context)
