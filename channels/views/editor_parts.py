"""What the editor's templates draw of one content, as plain values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.forms import BoundField, CheckboxInput
from django.utils.translation import gettext as _

from channels.messages import blocks as message_blocks
from channels.messages import checks, conditions, drafts, saved_blocks, trial_sends
from channels.messages.blocks import Block, BlockForm, blocks
from channels.messages.checks import Fault
from channels.messages.formats import Format, formats
from channels.models import Content, Message
from channels.service_messages import data as service_data
from channels.views import editor_matrix
from channels.views.editor_matrix import Spot
from config.formats import clock
from customers import catalogue, personalisation
from customers.models import Shop


@dataclass(frozen=True)
class Control:
    """A field of a form, drawn. A `check` box stands before its label; `personal` ones take merge fields, `linked` ones
    links, `rich` ones mark-up too."""

    name: str
    id: str
    label: str
    help: str
    required: bool
    html: str
    faults: list[Fault]
    personal: bool = False
    linked: bool = False
    rich: bool = False
    check: bool = False


@dataclass(frozen=True)
class Row:
    """A block in the list."""

    id: str
    kind: Block
    summary: str
    controls: list[Control]
    faults: list[Fault]
    open: bool
    first: bool
    last: bool
    products: list[Mapping[str, Any]] | None
    only: list[Control]
    only_words: str

    @property
    def faulty(self) -> bool:
        shown = (*self.faults, *(fault for each in (*self.controls, *self.only) for fault in each.faults))
        return any(fault.blocks for fault in shown)


def editor(
    message: Message,
    content: Content | None,
    spot: Spot,
    *,
    opened: str = "",
    refusal: str = "",
    checked: str = "",
) -> dict[str, Any]:
    """The context of `_message_editor.html`. Where `spot` has no content yet, the page offers ways to begin.

    Of a block that nobody has filled in yet no faults are shown, unless it is the `checked` one."""
    context: dict[str, Any] = {
        "message": message,
        "content": content,
        "refusal": refusal,
        "locked": drafts.lock_reason(message),
        **editor_matrix.context(message, spot),
        "groups": groups(message, spot.language or "en"),
        "notice": "",
    }
    if content:
        faults = editor_matrix.shown(content, editor_matrix.faults(content), checked)
        context |= state(content, faults) | {
            "rows": rows(content, faults, opened),
            "kinds": [each for each in message_blocks.choices() if formats[content.channel].shows(each.key)],
            "saved_blocks": saved_blocks.offered(content),
            "preheader_length": checks.PREHEADER_LENGTH,
            "way": trial_sends.way(content),
            "wide": content.channel not in trial_sends.BY_NUMBER,
        }
    return context


def saved(content: Content, block_id: str) -> dict[str, Any]:
    """The context of `_message_saved.html`: what one save changes."""
    faults = editor_matrix.shown(content, editor_matrix.faults(content), block_id)
    changed = [row for row in rows(content, faults, block_id) if row.id == block_id]
    return state(content, faults) | {
        "content": content,
        "row": changed[0] if changed else None,
        **editor_matrix.context(content.message, editor_matrix.spot_of(content)),
        "notice": "",
    }


def state(content: Content, faults: list[Fault]) -> dict[str, Any]:
    """The frame, when it was saved, and what still has to be mended; faults of no block or field stand here."""
    form, found = formats[content.channel], by_field(faults, "")
    drawn = {"subject": form.title, "preheader": form.has_preheader} | dict(form.Options.base_fields)
    options = [_control(each, found) for each in _options(content, form)]
    loose = [f for f in faults if not f.place.block and not drawn.get(f.place.field)]
    return {
        "form": form,
        "frame_faults": found,
        "options": options,
        "options_open": any(each.faults for each in options),
        "saved_at": content.updated_at,
        "saved_time": clock(content.updated_at),
        "loose_faults": [f.sentence for f in loose if f.blocks],
        "hints": [f.sentence for f in loose if not f.blocks],
    }


def _options(content: Content, form: Format) -> BlockForm:
    stored = form.new_options() | dict(content.options)
    return form.Options(initial=stored, auto_id="option-%s", use_required_attribute=False)


def stale_notice(content: Content) -> str:
    who = str(content.updated_by) if content.updated_by else _("Somebody else")
    sentence = _("%(who)s changed this message at %(time)s. What you typed since then is not saved.")
    return sentence % {"who": who, "time": clock(content.updated_at)}


def by_field(faults: Iterable[Fault], block_id: str) -> dict[str, list[Fault]]:
    found: dict[str, list[Fault]] = {}
    for fault in faults:
        if fault.place.block == block_id:
            found.setdefault(fault.place.field, []).append(fault)
    return found


def groups(message: Message, language: str) -> list[dict[str, Any]]:
    """The merge fields to choose from, with what is inserted and an example; groups of one name stand together. What a
    call of a service message brings comes first."""
    made: dict[str, list[dict[str, str]]] = {}
    if brought := service_data.places(message):
        made[_("The call’s data")] = [
            {"label": each.name, "insert": each.insert, "sample": each.sample} for each in brought
        ]
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
    form = formats[content.channel]
    return [_row(each, form, faults, opened, movable, found) for each in shown]


def _row(
    fields: Mapping[str, Any],
    shown_by: Format,
    faults: list[Fault],
    opened: str,
    movable: list[str],
    products: Mapping[int, Mapping[str, Any]],
) -> Row:
    kind = blocks[fields["kind"]]
    mine = by_field(faults, str(fields["id"]))
    form = kind.Form(initial=dict(fields), auto_id=f"{fields['id']}-%s", use_required_attribute=False)
    chosen, only = None, []
    if shown_by.has_conditions and not kind.pinned:
        asked = conditions.OnlyForm(initial=dict(fields), auto_id=f"{fields['id']}-%s")
        only = [_control(each, mine) for each in asked]
    drawn = {*form.fields, *(each.name for each in only)}
    if "products" in form.fields:
        chosen = [products[i] for i in fields.get("products") or () if i in products]
    return Row(
        id=str(fields["id"]),
        kind=kind,
        summary=kind.summary(fields)[:120],
        controls=[_block_control(each, kind, shown_by, mine) for each in form if each.name != "products"],
        faults=[fault for name, found in mine.items() for fault in found if name not in drawn]
        + mine.get("products", []),
        open=str(fields["id"]) == opened,
        first=movable[:1] == [fields["id"]],
        last=movable[-1:] == [fields["id"]],
        products=chosen,
        only=only,
        only_words=conditions.in_words(fields) if only else "",
    )


def _block_control(
    bound: BoundField, kind: Block, form: Format, faults: Mapping[str, list[Fault]]
) -> Control:
    rich = bound.name in kind.rich
    made = _control(bound, faults)
    return replace(
        made,
        help="" if rich and not form.has_markup else made.help,
        personal=bound.name in kind.texts or bound.name in kind.links,
        linked=rich,
        rich=rich and form.has_markup,
    )


def _control(bound: BoundField, faults: Mapping[str, list[Fault]]) -> Control:
    check = isinstance(bound.field.widget, CheckboxInput)
    css = (
        "form-check-input" if check else "form-select" if hasattr(bound.field, "choices") else "form-control"
    )
    return Control(
        name=bound.name,
        id=bound.id_for_label,
        label=str(bound.label),
        help=str(bound.help_text),
        required=bound.field.required,
        html=bound.as_widget(attrs={"class": css}),
        faults=list(faults.get(bound.name, ())),
        check=check,
    )


def _products(shown: list[dict[str, Any]], language: str) -> dict[int, dict[str, Any]]:
    ids = [i for each in shown for i in each.get("products") or ()]
    found = catalogue.load(ids, language, Shop.current().currency) if ids else {}
    return {key: with_thumbnail(product) for key, product in found.items()}


def with_thumbnail(product: Mapping[str, Any]) -> dict[str, Any]:
    return {**product, "thumbnail": catalogue.own_path(product["picture"])}
