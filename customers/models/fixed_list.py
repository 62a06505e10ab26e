"""Fixed lists: people whom somebody named one by one, and what became of the names."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _

from customers.models.customer import Customer


class FixedList(models.Model):
    """A named set of customers that no rule changes. `size` is the number of its members."""

    name = models.CharField(_("name"), max_length=120)
    size = models.IntegerField(_("people"), default=0, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(_("changed"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("fixed list")
        verbose_name_plural = _("fixed lists")
        default_permissions = ()  # whoever may do something with segments may do it with lists
        constraints = [models.UniqueConstraint(Lower("name"), name="fixed_list_name_once")]

    def __str__(self) -> str:
        return self.name


class FixedListMember(models.Model):
    """That somebody is on a list. A million of them are written at once, so no key is checked per row."""

    fixed_list = models.ForeignKey(
        FixedList, on_delete=models.CASCADE, related_name="members", db_index=False, db_constraint=False
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, related_name="fixed_lists", db_constraint=False
    )
    added_at = models.DateTimeField(_("added"))

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["fixed_list", "customer"], name="fixed_list_member_once")
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} on {self.fixed_list_id}"


class FixedListUpload(models.Model):
    """What somebody pasted or uploaded, and what became of it, in entries; `found` and `added` are people."""

    fixed_list = models.ForeignKey(FixedList, on_delete=models.CASCADE, related_name="uploads")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    file_name = models.CharField(max_length=200, blank=True)
    entries = models.IntegerField(default=0)
    found = models.IntegerField(default=0)
    added = models.IntegerField(default=0)
    unknown = models.IntegerField(default=0)
    ambiguous = models.IntegerField(default=0)
    malformed = models.IntegerField(default=0)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"upload {self.pk} to {self.fixed_list_id}"


class FixedListReject(models.Model):
    """An entry that named nobody in particular. Kept as long as the files of imports."""

    class Reason(models.TextChoices):
        UNKNOWN = "unknown", _("not found")
        AMBIGUOUS = "ambiguous", _("several people")
        MALFORMED = "malformed", _("malformed")

    upload = models.ForeignKey(
        FixedListUpload, on_delete=models.CASCADE, related_name="rejects", db_index=False
    )
    line = models.IntegerField()
    text = models.CharField(max_length=300)
    reason = models.CharField(max_length=10, choices=Reason)

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["upload", "reason", "line"], name="fixed_list_reject")]

    def __str__(self) -> str:
        return f"{self.reason} in line {self.line} of {self.upload_id}"
