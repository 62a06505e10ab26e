"""What the demo campaigns say, in German and English."""

from random import Random
from typing import Any

from channels.messages import variants
from channels.messages.blocks import blocks
from channels.models import Content, Message
from customers.models import Product

Block = tuple[str, dict[str, Any]]


def autumn(language: str, products: list[int], front: str) -> tuple[str, str, list[Block]]:
    """(subject, preview text, blocks)"""
    if language == "de":
        return (
            "Der Herbst ist da, {{ first_name | default: 'und wie' }}",
            "Neues für kühle Tage, ausgesucht in Linden",
            [
                ("heading", {"text": "Warm wird es drinnen"}),
                (
                    "text",
                    {
                        "text": "{{ salutation }},\n\nunsere Abteilungen haben umgeräumt: Wolle, Licht und guter"
                        " Kaffee stehen jetzt vorn. **Drei Stücke** haben wir für Sie ausgesucht."
                    },
                ),
                ("products", {"products": products, "label": "Ansehen"}),
                ("button", {"label": "Alles für den Herbst", "link": front}),
                ("divider", {}),
                (
                    "text",
                    {
                        "text": "Lieber vor Ort? Montags bis samstags von 10 bis 19 Uhr sind wir in Hannover,"
                        " Braunschweig und Göttingen für Sie da."
                    },
                ),
            ],
        )
    return (
        "Autumn is here{% if first_name != '' %}, {{ first_name }}{% endif %}",
        "New things for cool days, chosen in Linden",
        [
            ("heading", {"text": "Warmth begins at home"}),
            (
                "text",
                {
                    "text": "{{ salutation }},\n\nwe have rearranged the house: wool, light and good coffee now"
                    " stand in front. We have chosen **three pieces** for you."
                },
            ),
            ("products", {"products": products, "label": "View"}),
            ("button", {"label": "Everything for autumn", "link": front}),
        ],
    )


def christmas(language: str, products: list[int], front: str) -> tuple[str, str, list[Block]]:
    if language == "de":
        return (
            "{{ first_name }}, die Weihnachtsauswahl ist eröffnet",
            "Geschenke, die bleiben",
            [
                ("heading", {"text": "Geschenke, die bleiben"}),
                (
                    "text",
                    {
                        "text": "{{ salutation }},\n\nzuletzt waren Sie am {{ last_order_date }} bei uns. Seitdem ist"
                        " viel Neues eingezogen. Wir packen jedes Geschenk kostenlos ein."
                    },
                ),
                (
                    "recommendations",
                    {"strategy": "best", "number": 3, "heading": "Für Sie ausgesucht", "label": "Ansehen"},
                ),
                ("button", {"label": "Zur Weihnachtsauswahl", "link": front}),
            ],
        )
    return (
        "{{ first_name }}, our Christmas selection is open",
        "Gifts that stay",
        [
            ("heading", {"text": "Gifts that stay"}),
            (
                "text",
                {
                    "text": "{{ salutation }},\n\nyou last came by on {{ last_order_date }}, and much has arrived"
                    " since. We wrap every gift free of charge."
                },
            ),
            (
                "recommendations",
                {"strategy": "best", "number": 3, "heading": "Chosen for you", "label": "View"},
            ),
            ("button", {"label": "See the selection", "link": front}),
        ],
    )


def cart(language: str, products: list[int], front: str) -> tuple[str, str, list[Block]]:
    """What she left in her cart, and what has come back that she waited for."""
    shown: list[Block] = [(kind, blocks[kind].new(language)) for kind in ("cart", "back_in_stock")]
    if language == "de":
        words = "{{ salutation }},\n\nIhr Warenkorb steht noch bereit. Wir halten ihn drei Tage lang für Sie fest."
        return (
            "{{ first_name | default: 'Guten Tag' }}, haben Sie etwas vergessen?",
            "Ihr Warenkorb steht noch bereit",
            [("heading", {"text": "Das haben Sie sich ausgesucht"}), ("text", {"text": words}), *shown],
        )
    words = "{{ salutation }},\n\nyour cart is still here. We keep it for you for three days."
    return (
        "{{ first_name | default: 'Hello' }}, did you forget something?",
        "Your cart is still here",
        [("heading", {"text": "What you have chosen"}), ("text", {"text": words}), *shown],
    )


WORDS = {"autumn": autumn, "christmas": christmas, "cart": cart}
# What variant B of a message says above the same blocks.
SECOND_SUBJECTS = {
    "autumn": {
        "de": "Wolle, Licht und guter Kaffee: die Herbstauswahl",
        "en": "Wool, light and good coffee: the autumn selection",
    }
}


def write(random: Random, message: Message, what: str, front: str) -> None:
    """Draft contents in German and English, with three products that are in stock, or as many for each reader."""
    stocked = Product.objects.filter(kind=Product.Kind.MERCHANDISE, stock__gt=10).order_by("sku")
    chosen = random.sample(list(stocked.values_list("pk", flat=True)), 3)
    for language in ("de", "en"):
        subject, preheader, parts = WORDS[what](language, chosen, front)
        footer = ("footer", blocks["footer"].new(language))
        subjects = {variants.FIRST: subject}
        if second := SECOND_SUBJECTS.get(what, {}).get(language):
            subjects["B"] = second
        for variant, line in subjects.items():
            Content.objects.create(
                message=message,
                language=language,
                variant=variant,
                subject=line,
                preheader=preheader,
                blocks=[
                    {"id": f"b{n}", "kind": kind, **fields}
                    for n, (kind, fields) in enumerate([*parts, footer], 1)
                ],
            )
