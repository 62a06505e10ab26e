"""The list of saved blocks. They are made and used in the editor."""

import django_filters as filters
import django_tables2 as tables
from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy, ngettext

from channels.forms.set_up import language_name
from channels.messages.blocks import blocks
from channels.models import SavedBlock
from config.pages.columns import MomentColumn
from config.pages.listing import BulkAction, ListPage
from config.pages.parts import Empty
from config.pages.tables import ListTable
from customers import audit


class SavedBlockTable(ListTable):
    name = tables.Column()
    kind = tables.Column()
    words = tables.Column(verbose_name=gettext_lazy("Begins with"), empty_values=(), orderable=False)
    language = tables.Column()
    saved_by = tables.Column(orderable=False)
    saved_at = MomentColumn()

    class Meta:
        model = SavedBlock
        fields = ["name", "kind", "words", "language", "saved_by", "saved_at"]
        order_by = "name"

    def render_kind(self, value: str) -> str:
        return str(blocks[value].label) if value in blocks else value

    value_kind = render_kind

    def render_words(self, record: SavedBlock) -> str:
        return blocks[record.kind].summary(record.fields)[:80] if record.kind in blocks else ""

    value_words = render_words

    def render_language(self, value: str) -> str:
        return language_name(value)

    value_language = render_language


class SavedBlockFilter(filters.FilterSet):  # type: ignore[misc]
    kind = filters.ChoiceFilter(
        label=gettext_lazy("Kind"),
        choices=lambda: [(each.key, each.label) for each in blocks if not each.pinned],
        empty_label=gettext_lazy("any"),
    )

    class Meta:
        model = SavedBlock
        fields = ["kind"]


def delete_all(request: HttpRequest, rows: QuerySet[SavedBlock]) -> None:
    with transaction.atomic():
        found = list(rows)
        for saved in found:
            audit.record(request.user, "saved_block.deleted", saved, timezone.now(), name=saved.name)  # type: ignore[arg-type]
        rows.delete()
    sentence = ngettext("%(n)s saved block is deleted.", "%(n)s saved blocks are deleted.", len(found))
    messages.success(request, sentence % {"n": len(found)})


class SavedBlockList(ListPage):
    key = "saved_blocks"
    title = gettext_lazy("Saved blocks")
    permission = "channels.view_savedblock"
    table_class = SavedBlockTable
    filter_class = SavedBlockFilter
    search_help = gettext_lazy("Name")
    empty = Empty(
        gettext_lazy("No block has been saved yet"),
        gettext_lazy(
            "In a message’s editor, “Save for reuse” under a block keeps it here. The next message takes a copy of it "
            "from “Add block”."
        ),
        "copy",
    )
    bulk_actions = (
        BulkAction(
            "delete",
            gettext_lazy("Delete"),
            delete_all,
            "trash",
            gettext_lazy("Delete these saved blocks? Messages that took a copy keep theirs."),
            "channels.delete_savedblock",
            danger=True,
        ),
    )

    def rows(self) -> QuerySet[SavedBlock]:
        return SavedBlock.objects.select_related("saved_by")

    def search(self, rows: QuerySet[SavedBlock], text: str) -> QuerySet[SavedBlock]:
        return rows.filter(name__icontains=text)
