"""What the providers ask their customers to put into DNS, as far as it is the same for all of them.

From their set-up pages: `include` belongs into the SPF record, `selectors` are where their DKIM keys stand. Providers
that give each customer selectors of her own have none here; they are entered on the domain's page.
"""

from typing import NamedTuple


class Provider(NamedTuple):
    include: str = ""
    selectors: tuple[str, ...] = ()


PROVIDERS = {
    "amazon_ses": Provider("amazonses.com"),
    "brevo": Provider("spf.brevo.com", ("brevo1", "brevo2", "mail")),
    "mailersend": Provider("_spf.mailersend.net", ("mlsend", "mlsend2")),
    "mailgun": Provider("mailgun.org", ("k1", "mailo", "smtp", "mx", "pic")),
    "mailjet": Provider("spf.mailjet.com", ("mailjet",)),
    "postmark": Provider("spf.mtasv.net"),
    "resend": Provider("amazonses.com", ("resend",)),
    "sendgrid": Provider("sendgrid.net", ("s1", "s2")),
}
