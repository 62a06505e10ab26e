"""Where facts come from."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Origin(models.TextChoices):
    """Where a fact came from. Only live facts start journeys."""

    LIVE = "live", _("live")
    IMPORT = "import", _("import")
    DEMO = "demo", _("demo")
