"""What the editor's templates draw, as plain values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.forms import BoundField
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels.messages import blocks as message_blocks
from channels.messages import checks, drafts, versions
from channels.messages.blocks import Block, blocks
from channels.messages.checks import Fault
from channels.messages.formats import formats
from channels.models import Brand, Content, Message
from customers import catalogue, personalisation
from customers.models import Shop

LANGUAGES = {
    "de": gettext_lazy("German"),
    "en": gettext_lazy("English"),
    "fr": gettext_lazy("French"),
    "nl": gettext_lazy("Dutch"),
    "it": gettext_lazy("Italian"),
    "es": gettext_lazy("Spanish"),
    "pl": gettext_lazy("Polish"),
    "da": gettext_lazy("Danish"),
    "sv": gettext_lazy("Swedish"),
    "cs": gettext_lazy("Czech"),
    "pt": gettext_lazy("Portuguese"),
    "tr": gettext_lazy("Turkish"),
}


@dataclass(frozen=True)
class Tab:
    """A language: `faults` stop the launch, `hints` do not."""

    code: str
    label: str
    here: bool
    url: str
    faults: int
    content_id: int


@dataclass(frozen=True)
class Control:
    """A field of a block's form, drawn: `personal` ones take merge fields, `rich` ones have a toolbar."""

    name: str
    id: str
    label: str
    help: str
    required: bool
    html: str
    personal: bool
    rich: bool
    faults: list[str]


@dataclass(frozen=True)
class Row:
    """A block in the list."""

    id: str
    kind: Block
    summary: str
    controls: list[Control]
    faults: list[str]
    open: bool
    first: bool
    last: bool
    products: list[Mapping[str, Any]] | None

    @property
    def faulty(self) -> bool:
        return bool(self.faults) or any(control.faults for control in self.controls)


def editor(
    message: Message, content: Content | None, *, opened: str = "", refusal: str = ""
) -> dict[str, Any]:
    """The context of `_message_editor.html`."""
    context: dict[str, Any] = {
        "message": message,
        "content": content,
        "refusal": refusal,
        "locked": drafts.lock_reason(message),
        "tabs": tabs(message, content),
        "missing": missing(message),
        "kinds": message_blocks.choices(),
        "groups": groups(content.language if content else "en"),
        "notice": "",
    }
    if content:
        faults = content_faults(content)
        context |= state(content, faults) | {
            "rows": rows(content, faults, opened),
            "frame_faults": by_field(faults, ""),
            "subject_length": formats[content.channel].longest_title if content else 0,
            "preheader_length": checks.PREHEADER_LENGTH,
        }
    return context


def saved(content: Content, block_id: str) -> dict[str, Any]:
    """The context of `_message_saved.html`: what one save changes."""
    faults = content_faults(content)
    changed = [row for row in rows(content, faults, block_id) if row.id == block_id]
    return state(content, faults) | {
        "content": content,
        "row": changed[0] if changed else None,
        "frame_faults": by_field(faults, ""),
        "tabs": tabs(content.message, content),
        "notice": "",
    }


def state(content: Content, faults: Iterable[Fault]) -> dict[str, Any]:
    """When it was saved, and what still has to be mended; faults of no block stand here."""
    at = timezone.localtime(content.updated_at)
    places = {"subject", "preheader"}
    loose = [f for f in faults if not f.place.block and f.place.field not in places]
    return {
        "saved_at": at,
        "saved_time": at.strftime("%H:%M"),
        "loose_faults": [f.sentence for f in loose if f.blocks],
        "hints": [f.sentence for f in loose if not f.blocks],
    }


def stale_notice(content: Content) -> str:
    who = str(content.updated_by) if content.updated_by else _("Somebody else")
    at = timezone.localtime(content.updated_at).strftime("%H:%M")
    sentence = _("%(who)s changed this message at %(time)s. What you typed since then is not saved.")
    return sentence % {"who": who, "time": at}


def tabs(message: Message, here: Content | None) -> list[Tab]:
    address = reverse("message_editor", args=[message.pk])
    return [
        Tab(
            each.language,
            str(LANGUAGES.get(each.language) or checks.language_name(each.language)),
            here is not None and each.pk == here.pk,
            f"{address}?language={each.language}",
            sum(fault.blocks for fault in content_faults(each)),
            each.pk,
        )
        for each in message.contents.order_by("pk")
    ]


def missing(message: Message) -> list[tuple[str, str]]:
    """Languages that can be added: those of the shop first."""
    written = set(message.contents.values_list("language", flat=True))
    codes = [*Shop.current().languages, *LANGUAGES]
    return [(c, str(LANGUAGES[c])) for c in dict.fromkeys(codes) if c not in written and c in LANGUAGES]


def content_faults(content: Content) -> list[Fault]:
    marketing = versions.is_marketing(content.message)
    return checks.content_faults(content, versions.look(Brand.current()), marketing=marketing)


def by_field(faults: Iterable[Fault], block_id: str) -> dict[str, list[Fault]]:
    found: dict[str, list[Fault]] = {}
    for fault in faults:
        if fault.place.block == block_id:
            found.setdefault(fault.place.field, []).append(fault)
    return found


def groups(language: str) -> list[dict[str, Any]]:
    """The merge fields to choose from, with what is inserted and an example; groups of one name stand together."""
    made: dict[str, list[dict[str, str]]] = {}
    for group in personalisation.groups():
        made.setdefault(str(group.label), []).extend(_choice(each, language) for each in group.fields)
    return [{"label": label, "fields": fields} for label, fields in made.items()]


def _choice(field: personalisation.MergeField, language: str) -> dict[str, str]:
    if not field.is_list:
        sample = field.sample(language)
        return {"label": str(field.label), "insert": f"{{{{ {field.key} }}}}", "sample": str(sample)}
    loop = (
        "{% for p in "
        + field.key
        + " limit: 3 %}\n- [{{ p.name }}]({{ p.link }}) {{ p.price }}\n{% endfor %}"
    )
    value = field.sample(language)
    names = ", ".join(str(each["name"]) for each in value) if isinstance(value, list) else ""
    return {"label": str(field.label), "insert": loop, "sample": names}


def rows(content: Content, faults: list[Fault], opened: str) -> list[Row]:
    shown = [each for each in content.blocks if each.get("kind") in blocks]
    movable = [each["id"] for each in shown if not blocks[each["kind"]].pinned]
    found = _products(shown, content.language)
    return [_row(each, faults, opened, movable, found) for each in shown]


def _row(
    fields: Mapping[str, Any],
    faults: list[Fault],
    opened: str,
    movable: list[str],
    products: Mapping[int, Mapping[str, Any]],
) -> Row:
    kind = blocks[fields["kind"]]
    mine = by_field(faults, str(fields["id"]))
    form = kind.Form(initial=dict(fields), auto_id=f"{fields['id']}-%s", use_required_attribute=False)
    chosen = None
    if "products" in form.fields:
        chosen = [products[i] for i in fields.get("products") or () if i in products]
    return Row(
        id=str(fields["id"]),
        kind=kind,
        summary=kind.summary(fields)[:120],
        controls=[_control(bound, kind, mine) for bound in form if bound.name != "products"],
        faults=[fault.sentence for name, found in mine.items() for fault in found if name not in form.fields]
        + [fault.sentence for fault in mine.get("products", ())],
        open=str(fields["id"]) == opened,
        first=movable[:1] == [fields["id"]],
        last=movable[-1:] == [fields["id"]],
        products=chosen,
    )


def _control(bound: BoundField, kind: Block, faults: Mapping[str, list[Fault]]) -> Control:
    css = "form-select" if hasattr(bound.field, "choices") else "form-control"
    return Control(
        name=bound.name,
        id=bound.id_for_label,
        label=str(bound.label),
        help=str(bound.help_text),
        required=bound.field.required,
        html=bound.as_widget(attrs={"class": css}),
        personal=bound.name in kind.texts or bound.name in kind.links,
        rich=bound.name in kind.rich,
        faults=[fault.sentence for fault in faults.get(bound.name, ())],
    )


def _products(shown: list[dict[str, Any]], language: str) -> dict[int, dict[str, Any]]:
    ids = [i for each in shown for i in each.get("products") or ()]
    found = catalogue.load(ids, language, Shop.current().currency) if ids else {}
    return {key: with_thumbnail(product) for key, product in found.items()}


def with_thumbnail(product: Mapping[str, Any]) -> dict[str, Any]:
    return {**product, "thumbnail": catalogue.own_path(product["picture"])}
