"""Drafts: what somebody is making of a segment, kept at every change, until it is saved or thrown away."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from customers import audit
from customers.models import Segment, SegmentChange, SegmentDraft, SegmentMember, SegmentSize, User
from customers.segments import compiler, counting, editing, lending, tree
from customers.segments.conditions import Lent

PRESENT = timedelta(minutes=10)
OWN = (SegmentDraft, SegmentMember, SegmentChange, SegmentSize)  # parts of a segment, gone with it


class Turn(NamedTuple):
    """Which change of which open page this is; a page without scripts counts none. `seen`: the draft that the page was
    made from, by `Work.seen`; None: whatever it was."""

    page: str = ""
    number: int = 0
    seen: str | None = None


class Overtaken(Exception):
    """The same person has changed the draft in another window since this page was made; `at`: when."""

    def __init__(self, at: datetime) -> None:
        super().__init__()
        self.at = at


class Refused(Exception):
    """A segment that cannot be saved as it is. `conflict`: somebody else saved it in between."""

    def __init__(self, sentence: str, *, field: str = "", conflict: bool = False) -> None:
        super().__init__(sentence)
        self.sentence, self.field, self.conflict = sentence, field, conflict


@dataclass(frozen=True)
class Work:
    """What is on the editor's table: the draft if there is one, else the segment as it is stored."""

    segment: Segment | None
    name: str
    description: str
    rule: dict[str, Any]
    revision: int
    drafted_at: datetime | None = None

    @property
    def own(self) -> Lent | None:
        """What its rule must not use again."""
        return None if self.segment is None else lending.lent(self.segment)

    @property
    def seen(self) -> str:
        """Names this state of the draft."""
        return _state(self.drafted_at) if self.drafted_at else ""

    @property
    def is_outdated(self) -> bool:
        """Somebody has saved the segment since this draft was begun."""
        return self.segment is not None and self.segment.revision != self.revision


def open_work(user: User, segment: Segment | None) -> Work:
    draft = SegmentDraft.objects.filter(user=user, segment=segment).first()
    if draft is not None:
        rule = editing.editable(draft.rule)
        return Work(segment, draft.name, draft.description, rule, draft.revision, draft.updated_at)
    if segment is None:
        return Work(None, "", "", editing.blank(), 0)
    return Work(segment, segment.name, segment.description, editing.editable(segment.rule), segment.revision)


@transaction.atomic
def keep(user: User, work: Work, at: datetime, turn: Turn) -> Work:
    """Store the state of the work as this user's draft, unless a later turn of the same page was quicker. Raises
    Overtaken."""
    state = {
        "name": work.name[:120],
        "description": work.description[:300],
        "rule": work.rule,
        "revision": work.revision,
        "page": turn.page,
        "turn": turn.number,
        "updated_at": at,
    }
    kept = SegmentDraft.objects.select_for_update()
    draft, made = kept.get_or_create(user=user, segment=work.segment, defaults=state)
    if not made:
        _require_newest(draft, turn)
        if not (turn.page and draft.page == turn.page and draft.turn > turn.number):
            SegmentDraft.objects.filter(pk=draft.pk).update(**state)
    return Work(work.segment, work.name, work.description, work.rule, work.revision, at)


def require_newest(user: User, segment: Segment | None, turn: Turn) -> None:
    """Raises Overtaken when the page of this turn does not know the user's draft."""
    draft = SegmentDraft.objects.filter(user=user, segment=segment).first()
    if draft is not None:
        _require_newest(draft, turn)


def _require_newest(draft: SegmentDraft, turn: Turn) -> None:
    known = turn.page and draft.page == turn.page
    if turn.seen is not None and not known and turn.seen != _state(draft.updated_at):
        raise Overtaken(draft.updated_at)


def _state(changed_at: datetime) -> str:
    return changed_at.astimezone(UTC).isoformat()


def discard(user: User, segment: Segment | None) -> None:
    SegmentDraft.objects.filter(user=user, segment=segment).delete()


def others(user: User, segment: Segment | None, at: datetime) -> list[SegmentDraft]:
    """Colleagues who have changed something of this segment in the last ten minutes and not saved it."""
    if segment is None:
        return []
    drafts = segment.drafts.exclude(user=user).filter(updated_at__gte=at - PRESENT)
    return list(drafts.select_related("user").order_by("-updated_at"))


def save(user: User, work: Work, at: datetime, *, overwrite: bool = False) -> Segment:
    """Make the draft the segment. Raises Refused for a fault, a taken name, or a newer version of somebody else."""
    name = work.name.strip()
    if not name:
        raise Refused(_("The segment needs a name."), field="name")
    try:
        with transaction.atomic():
            lending.lock()  # before reading: what the rule uses must not begin to use it in between
            return _store(user, work, name, _checked(work), at, overwrite)
    except IntegrityError as error:
        raise Refused(_("Another segment has this name."), field="name") from error


def _checked(work: Work) -> dict[str, Any]:
    """The rule as it is stored."""
    reading = tree.read(work.rule, work.own)
    if reading.node is not None:
        return tree.plain(reading.node)
    for fault in reading.faults:
        if fault.circular:
            raise Refused(fault.sentence)
    raise Refused(_("The rule is not complete yet. The places are marked."))


def _store(user: User, work: Work, name: str, rule: dict[str, Any], at: datetime, overwrite: bool) -> Segment:
    segment = Segment(created_by=user)
    if work.segment is not None:
        segment = Segment.objects.select_for_update().get(pk=work.segment.pk)
        if segment.revision != work.revision and not overwrite:
            raise Refused(_("Somebody else has saved this segment in the meantime."), conflict=True)
    segment.name, segment.description, segment.rule = name, work.description.strip(), rule
    segment.revision += 1
    segment.updated_by, segment.updated_at = user, at
    action = "segment.added" if segment.pk is None else "segment.changed"
    _save_sparing_users(segment)
    audit.record(user, action, segment, at, revision=segment.revision)
    discard(user, work.segment)
    return segment


def _save_sparing_users(segment: Segment) -> None:
    """Refused when a rule that uses this one would become too large by it, and match nobody."""
    users = lending.above(segment, Segment.objects.in_bulk()) if segment.pk else []
    faulty_already = {user.pk for user in users if lending.faults(user)}
    segment.save()
    for user in users:
        faults = lending.faults(user)
        if faults and user.pk not in faulty_already:
            told = _("It is used by the segment “%(name)s”, which would then match nobody: %(fault)s")
            raise Refused(told % {"name": user.name, "fault": faults[0].sentence})


@transaction.atomic
def delete(segment: Segment, user: User, at: datetime) -> bool:
    """False, and nothing done, when something uses it, also since a moment ago."""
    lending.lock()
    locked = Segment.objects.select_for_update().filter(pk=segment.pk).first()
    if locked is None or users_of(locked):
        return False
    audit.record(user, "segment.deleted", locked, at, name=locked.name)
    locked.delete()
    return True


def recount(segment: Segment, at: datetime) -> None:
    """Note how many there are now, for the list; nothing where counting takes too long."""
    found = counting.count_within(compiler.compile_rule(segment.rule, at))
    if found.exact:
        Segment.objects.filter(pk=segment.pk).update(last_count=found.number, last_counted_at=at)


def users_of(segment: Segment) -> list[str]:
    """Where the segment is used, by whatever refers to it, such as "Campaign “Spring sale”"."""
    found = []
    for relation in Segment._meta.get_fields(include_hidden=True):
        model = getattr(relation, "related_model", None)
        if not (relation.auto_created and model) or model in OWN or model._meta.auto_created:
            continue
        name = relation.field.name  # type: ignore[union-attr]
        for row in model._default_manager.filter(**{name: segment})[:20]:
            found.append(_("%(what)s “%(name)s”") % {"what": model._meta.verbose_name, "name": row})
    found += [_("segment “%s”") % each.name for each in lending.users("in_segment", segment.pk)]
    return sorted(set(found))
