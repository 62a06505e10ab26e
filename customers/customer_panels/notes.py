from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers import notes
from customers.models import Note
from customers.timeline import About, Behind, Entry, Kind, kinds, newest


@kinds.register
class Notes(Kind):
    key = "notes"
    order = 50
    label = gettext_lazy("Notes")
    icon = "note"
    template = "customers/timeline/note.html"
    permission = "customers.view_note"

    def entries(self, about: About, behind: Behind, limit: int) -> list[Entry]:
        rows = Note.objects.filter(customer=about.customer).select_related("author")
        return [self._entry(note, about) for note in newest(rows, "created_at", behind, limit)]

    def _entry(self, note: Note, about: About) -> Entry:
        words = _("Note by %s") % note.author if note.author else _("Note")
        return Entry(note.created_at, note.pk, self.icon, words, more=notes.Shown(note, about.reader))
