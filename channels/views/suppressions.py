"""The suppression list: hashes, reasons and dates. Who is behind a hash can only be asked, never read."""

from typing import cast

import django_filters as filters
import django_tables2 as tables
from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels import block_lists, suppression, typed
from channels.forms.suppressions import BlockListForm, ReleaseForm, SuppressForm
from channels.models import Channel, Suppression
from channels.suppression import Entry
from config import formats
from config.pages.columns import BadgeColumn, MomentColumn
from config.pages.listing import ListPage
from config.pages.parts import Action, Empty
from config.pages.tables import ListTable
from customers import audit
from customers.models import Shop, User


class SuppressionTable(ListTable):
    address_key = tables.Column(verbose_name=gettext_lazy("Address (hash)"), orderable=False)
    channel = tables.Column(orderable=False)
    reason = BadgeColumn(
        tones={"objection": "bad", "complaint": "bad", "bounce": "wait", "staff": "calm"}, orderable=False
    )
    source = tables.Column(orderable=False)
    at = MomentColumn(order_by=("at", "pk"))

    class Meta:
        model = Suppression
        fields = ["address_key", "channel", "reason", "source", "at"]
        order_by = "-at"

    def render_address_key(self, value: str) -> str:
        return f"{value[:8]}…"

    value_address_key = render_address_key


class SuppressionFilter(filters.FilterSet):  # type: ignore[misc]
    channel = filters.ChoiceFilter(choices=Channel.choices, empty_label=gettext_lazy("any"))
    reason = filters.ChoiceFilter(choices=Suppression.Reason.choices, empty_label=gettext_lazy("any"))

    class Meta:
        model = Suppression
        fields = ["channel", "reason"]


class SuppressionList(ListPage):
    key = "suppressions"
    title = gettext_lazy("Suppression list")
    permission = "channels.view_suppression"
    table_class = SuppressionTable
    filter_class = SuppressionFilter
    search_help = gettext_lazy("A whole e-mail address or telephone number")

    @property
    def empty(self) -> Empty:  # type: ignore[override]
        return Empty(
            gettext_lazy("No suppressed address"),
            gettext_lazy(
                "Addresses land here by objection, complaint or hard bounce, and are kept as hashes only."
            ),
            "ban",
            self.primary(),
        )

    def rows(self) -> QuerySet[Suppression]:
        return Suppression.objects.all()

    def search(self, rows: QuerySet[Suppression], text: str) -> QuerySet[Suppression]:
        found = typed.either(text, Shop.current().country)
        keys = found.keys() if found else {}
        return rows.filter(channel__in=keys.keys(), address_key__in=keys.values())

    def row_url(self, record: Suppression) -> str:
        may_release = self.request.user.has_perm("channels.delete_suppression")
        return reverse("suppression_release", args=[record.pk]) if may_release else ""

    def primary(self) -> Action | None:
        add = Action(gettext_lazy("Suppress an address"), reverse("suppression_create"), "plus")
        return add if self.request.user.has_perm("channels.add_suppression") else None

    def menu(self) -> list[Action]:
        upload = Action(gettext_lazy("Upload a block list"), reverse("suppression_upload"), "upload")
        return [upload] if self.request.user.has_perm("channels.add_suppression") else []


@login_required
@permission_required("channels.add_suppression", raise_exception=True)
def suppression_create(request: HttpRequest) -> HttpResponse:
    form = SuppressForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        _suppress(form, cast(User, request.user))
        messages.success(request, _("This address will not be written to any more."))
        return redirect("suppression_list")
    context = {
        "form": form,
        "title": _("Suppress an address"),
        "back": reverse("suppression_list"),
        "where": _("Suppression list"),
        "button": _("Suppress"),
        "note": _(
            "Only a hash of the address is kept. It also holds after the person was erased or imported anew."
        ),
    }
    return render(request, "channels/set_up_edit.html", context)


@transaction.atomic
def _suppress(form: SuppressForm, by: User) -> None:
    at, cleaned = timezone.now(), form.cleaned_data
    reason, source = Suppression.Reason(cleaned["reason"]), cleaned["source"]
    keys = cleaned["address"].keys()
    suppression.suppress_entries([Entry(channel, key, reason, source) for channel, key in keys.items()], at)
    for added in suppression.found(keys).values():
        audit.record(by, "suppression.added", added, at, reason=str(reason), source=source)


@login_required
@permission_required("channels.add_suppression", raise_exception=True)
def suppression_upload(request: HttpRequest) -> HttpResponse:
    """A block list from elsewhere. The file is not kept."""
    form = BlockListForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        _upload(request, form, cast(User, request.user))
        return redirect("suppression_list")
    context = {
        "form": form,
        "title": _("Upload a block list"),
        "back": reverse("suppression_list"),
        "where": _("Suppression list"),
        "button": _("Suppress all"),
        "note": _(
            "Only hashes of the addresses are kept, the file is not. They hold for whoever comes with such an address."
        ),
    }
    return render(request, "channels/set_up_edit.html", context)


def _upload(request: HttpRequest, form: BlockListForm, by: User) -> None:
    at, cleaned = timezone.now(), form.cleaned_data
    addresses, faulty = cleaned["file"]
    reason = Suppression.Reason(cleaned["reason"])
    fresh = block_lists.suppress(addresses, reason, cleaned["source"], at)
    counts = {"addresses": len(addresses), "new": fresh, "faulty": len(faulty)}
    audit.record(by, "suppression.uploaded", None, at, reason=str(reason), source=cleaned["source"], **counts)
    counted, missing = _words(cleaned["holds"])
    messages.success(request, counted % {"new": formats.number(fresh), "all": formats.number(len(addresses))})
    if faulty:
        lines = ", ".join(map(str, faulty[:5])) + (" …" if len(faulty) > 5 else "")
        messages.warning(request, missing % {"count": formats.number(len(faulty)), "lines": lines})


def _words(holds: str) -> tuple[str, str]:
    """What was done, and in which lines nothing was found."""
    if holds == BlockListForm.NUMBERS:
        return (
            _("%(new)s of %(all)s telephone numbers are newly suppressed."),
            _("No telephone number in %(count)s lines (%(lines)s): look at them and upload them again."),
        )
    return (
        _("%(new)s of %(all)s addresses are newly suppressed."),
        _("No address in %(count)s lines (%(lines)s): look at them and upload them again."),
    )


@login_required
@permission_required("channels.delete_suppression", raise_exception=True)
def suppression_release(request: HttpRequest, suppression_id: int) -> HttpResponse:
    found = get_object_or_404(Suppression, pk=suppression_id)
    form = ReleaseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        at = timezone.now()
        with transaction.atomic():
            why = {"reason": str(found.reason), "because": form.cleaned_data["reason"]}
            audit.record(cast(User, request.user), "suppression.released", found, at, **why)
            suppression.release(found, at)
        messages.success(request, _("The address is off the list. Consent is needed all the same."))
        return redirect("suppression_list")
    context = {
        "form": form,
        "title": _("Take an address off the list"),
        "back": reverse("suppression_list"),
        "where": _("Suppression list"),
        "button": _("Take off the list"),
        "danger": True,
        "note": " · ".join(
            [
                found.get_channel_display(),
                f"{found.address_key[:8]}…",
                formats.moment(found.at),
                found.get_reason_display(),
            ]
        ),
    }
    return render(request, "channels/set_up_edit.html", context)
