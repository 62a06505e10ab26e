"""The mail of benchmarks/send.py: 12 merge fields, a loop of three products, 10 kB of HTML, and a text part.

The syntax used here means the same to our Liquid and to Django's templates, so both sides get the same template.
"""

FIELDS = (
    "salutation",
    "first_name",
    "last_name",
    "full_name",
    "title",
    "city",
    "birthday",
    "language",
    "orders_count",
    "last_order_date",
    "last_order_amount",
    "last_order_number",
)
SUBJECT = "{{ first_name }}, Neues aus {{ city }}"
SIZE = 10_000

CELL = 'style="padding:8px 20px;font-family:Arial,sans-serif;font-size:15px;line-height:1.5;color:#1f2937"'
ROW = f"<tr><td {CELL}>%s</td></tr>\n"
PARAGRAPH = (
    "Seit über hundert Jahren ist das Kaufhaus Linden die Adresse für schöne Dinge: Mode, Wohnen, Küche und"
    " Papeterie auf fünf Etagen, dazu ein Café mit Blick über die Dächer."
)
LIST = (
    "{% for product in last_products %}"
    f'<tr><td {CELL}><a href="{{{{ product.link }}}}">{{{{ product.name }}}}</a> {{{{ product.price }}}}</td></tr>\n'
    "{% endfor %}"
)


def html() -> str:
    rows = [ROW % f"{{{{ {name} }}}}" for name in FIELDS]
    rows += [
        LIST,
        ROW % '<a href="{{ link_1 }}">Zum Angebot</a>',
        ROW % '<a href="{{ opt_out_url }}">Abmelden</a>',
    ]
    head = '<!doctype html><html lang="de"><head><meta charset="utf-8"></head>'
    frame = f"{head}<body><table>\n%s</table></body></html>\n"
    while len(frame % "".join(rows)) < SIZE - len(ROW % PARAGRAPH):
        rows.insert(6, ROW % PARAGRAPH)
    return frame % "".join(rows)


def text() -> str:
    lines = [f"{name}: {{{{ {name} }}}}" for name in FIELDS]
    products = "{% for product in last_products %}- {{ product.name }}, {{ product.price }}\n{% endfor %}"
    return "\n".join([*lines, products, PARAGRAPH, "{{ link_1 }}", "Abmelden: {{ opt_out_url }}"]) + "\n"
