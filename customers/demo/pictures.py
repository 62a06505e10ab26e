"""Product pictures as drawings: one shape per shelf, in the colour of the variant."""

from customers.demo.assortment import COLOURS, SHELVES

SHAPES = {
    "top": '<path d="M70 70 100 55q20 16 40 0l30 15 22 42-28 14-10-16v84H86v-84l-10 16-28-14Z"/>',
    "dress": '<path d="M98 50h8q14 14 28 0h8l6 50 34 92H58l34-92Z"/>',
    "bag": '<path d="M62 96h116l10 98H52Z"/><path class="h" d="M90 96V82q0-26 30-26t30 26v14"/>',
    "shoe": '<path d="M52 150q6-34 34-50 16 34 58 38 44 4 46 34v14H52Z"/><path class="l" d="M52 172h138"/>',
    "pillow": '<path d="M50 80q70-16 140 0 12 40 0 80-70 16-140 0-12-40 0-80Z"/><path class="l" d="M78 98q42-8 84 0"/>',
    "towel": '<path d="M74 56h92v128H74Z"/><path class="l" d="M74 150h92M74 162h92"/>',
    "lamp": '<path d="M84 60h72l24 66H60Z"/><path class="h" d="M120 126v58M90 188h60"/>',
    "vase": '<path d="M102 52h36q-6 26 14 50 26 36-4 88H92q-30-52-4-88 20-24 14-50Z"/>',
    "cup": '<path d="M66 88h92v60q0 38-46 38t-46-38Z"/><path class="h" d="M158 104h14q20 4 16 26t-32 22"/>',
    "pot": '<path d="M58 104h124v50q0 32-32 32H90q-32 0-32-32Z"/><path class="h" d="M54 98h132M120 100V82M40 124h18M182 124h18"/>',
    "book": '<path d="M70 54h92q10 0 10 10v122H80q-10 0-10-10Z"/><path class="l" d="M86 54v132M104 84h48"/>',
    "pen": '<path d="m66 176 10-34 78-78 24 24-78 78Z"/><path class="l" d="m66 176 10-34 24 24Z"/>',
    "blocks": '<path d="M56 126h60v60H56Zm68 0h60v60h-60Zm-34-68h60v60H90Z"/>',
    "bear": '<circle cx="88" cy="78" r="18"/><circle cx="152" cy="78" r="18"/><circle cx="120" cy="108" r="46"/>'
    '<path d="M78 158q42-24 84 0l6 32H72Z"/><circle class="i" cx="104" cy="102" r="4"/>'
    '<circle class="i" cx="136" cy="102" r="4"/><circle class="i" cx="120" cy="118" r="6"/>',
    "bottle": '<path d="M106 50h28v28q24 10 24 36v74H82v-74q0-26 24-36Z"/><path class="l" d="M96 128h48v34H96Z"/>',
    "bean": '<ellipse cx="120" cy="120" rx="46" ry="64" transform="rotate(28 120 120)"/>'
    '<path class="l" d="M146 66q-44 36-24 58t-28 54"/>',
    "box": '<path d="M60 96h120v90H60Z"/><path class="l" d="M54 96h132M120 96v90M120 96q-40-4-34-26t34 26q-6-44 20-40t-20 40"/>',
    "roll": '<path d="M60 96h104v64H60Z"/><circle cx="164" cy="128" r="32"/><circle class="i" cx="164" cy="128" r="12"/>',
}  # fmt: skip

LINE, INSIDE = 'fill="none" stroke="#fff" stroke-opacity=".7"', 'fill="#f4f1ec"'

LINE, INSIDE = 'fill="none" stroke="#fff" stroke-opacity=".7"', 'fill="#f4f1ec"'


def svg(sku: str) -> str | None:
    """The drawing of a demo product, 240 x 240, or None for an article number of another kind."""
    if len(sku) != 7 or sku[4] != "-" or not (sku[:4] + sku[5:]).isdigit():
        return None
    shelf, colour = int(sku[:2]) - 1, int(sku[5:]) - 1
    if not (0 <= shelf < len(SHELVES) and 0 <= colour < len(COLOURS)):
        return None
    ink = COLOURS[colour][2]
    shape = SHAPES[SHELVES[shelf].drawing].replace('class="l"', LINE).replace('class="i"', INSIDE)
    shape = shape.replace('class="h"', f'fill="none" stroke="{ink}"')
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 240 240" width="240" height="240">'
        f'<rect width="240" height="240" fill="#f4f1ec"/><ellipse cx="120" cy="198" rx="74" ry="8" fill="#e2dcd2"/>'
        f'<g fill="{ink}" stroke-width="5" stroke-linecap="round">'
        f"{shape}</g></svg>"
    )
