"""Reports of providers that were turned away, when there are many: a wrong secret, or somebody who tries."""

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from channels import forgeries
from channels.models import Account
from config import formats
from config.pages.today import Panel, panels


@panels.register
class Forgeries(Panel):
    key = "forgeries"
    order = 16
    permission = "channels.view_account"

    def render(self, request: HttpRequest) -> str:
        accounts = {account.pk: account for account in Account.objects.order_by("name")}
        found = forgeries.lately(accounts.values(), timezone.now())
        lines = [self._line(accounts[pk], number) for pk, number in found.items() if number >= forgeries.MANY]
        if not lines:
            return ""
        context = {"key": self.key, "title": _("Reports that were turned away"), "lines": lines}
        return render_to_string("components/_today_lines.html", context, request)

    def _line(self, account: Account, number: int) -> dict[str, str]:
        note = _(
            "%(number)s reports without our secret in seven days. If the provider’s own are missing, the secret at the "
            "provider is not ours; else somebody tries to forge them, and nothing of it counts."
        )
        return {
            "name": account.name,
            "note": note % {"number": formats.number(number)},
            "badge": _("look at it"),
            "tone": "wait",
            "url": reverse("account_list"),
            "button": _("Look at it"),
        }
