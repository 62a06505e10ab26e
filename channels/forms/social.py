"""What the composer and the pages of social accounts ask."""

import copy
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from channels import targets
from channels.forms.pictures import PictureInput
from channels.models import SocialAccount, SocialPost, SocialPostGroup
from channels.networks.base import Network
from channels.social.posts import Draft, Variation
from config import http
from config.zones import zones

if TYPE_CHECKING:
    AccountBase = forms.ModelForm[SocialAccount]
else:
    AccountBase = forms.ModelForm

DAY = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
TEN = time(10)
CLOCK = forms.TimeInput({"type": "time"}, format="%H:%M")


class ComposerForm(forms.Form):
    """A group with a field for each account's variation: text_ID, day_ID and clock_ID."""

    name = forms.CharField(
        label=_("Name"),
        max_length=120,
        help_text=_("Only colleagues see it, for example “Advent, first week”."),
    )
    accounts = forms.ModelMultipleChoiceField(
        SocialAccount.objects.order_by("network", "name"),
        label=_("Where it is posted"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    text = forms.CharField(
        label=_("Text"), required=False, max_length=70_000, widget=forms.Textarea({"rows": 6}), strip=False
    )
    link = forms.CharField(
        label=_("Link"),
        required=False,
        max_length=targets.LONGEST,
        help_text=_(
            "A page of the shop. Clicks are counted, and the shop's statistics learn where they come from."
        ),
    )
    picture = forms.CharField(
        label=_("Picture"),
        required=False,
        max_length=targets.LONGEST,
        widget=PictureInput,
        help_text=_("The address of a picture that anybody may fetch. Instagram takes JPEG only."),
    )
    alt = forms.CharField(
        label=_("The picture in words"),
        required=False,
        max_length=500,
        help_text=_("Is read out to people who cannot see the picture."),
    )
    title = forms.CharField(
        label=_("Title"), required=False, max_length=200, help_text=_("Stands on Pinterest above the text.")
    )
    day = forms.DateField(label=_("Day"), required=False, widget=DAY)
    clock = forms.TimeField(label=_("Time"), required=False, widget=CLOCK)
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=zones)
    utm_campaign = forms.CharField(
        label=_("Campaign in the shop's statistics"),
        required=False,
        max_length=120,
        help_text=_("Stands as utm_campaign in the address that the link leads to."),
    )

    def __init__(self, data: Any, group: SocialPostGroup, posts: list[SocialPost]) -> None:
        self.group, self.posts = group, {post.account_id: post for post in posts}
        super().__init__(data, initial=starting(group, posts))
        self.all_accounts = list(SocialAccount.objects.order_by("network", "name"))
        for account in self.all_accounts:
            self.fields[f"text_{account.pk}"] = forms.CharField(
                label=_("Text"),
                required=False,
                max_length=70_000,
                widget=forms.Textarea({"rows": 4}),
                strip=False,
            )
            self.fields[f"day_{account.pk}"] = forms.DateField(label=_("Day"), required=False, widget=DAY)
            self.fields[f"clock_{account.pk}"] = forms.TimeField(
                label=_("Time"), required=False, widget=CLOCK
            )

    def clean_link(self) -> str:
        link: str = self.cleaned_data["link"].strip()
        if link and not targets.is_safe(link):
            raise forms.ValidationError(_("The link must be a whole address that begins with https://."))
        return link

    def clean_picture(self) -> str:
        """Networks fetch it, and so do we: it must be one of the public internet, or our own."""
        picture: str = self.cleaned_data["picture"].strip()
        if not picture or picture == self.group.picture or is_own(picture):
            return picture
        if not targets.is_safe(picture):
            raise forms.ValidationError(_("The picture must be a whole address that begins with https://."))
        try:
            http.check(picture)
        except http.Forbidden as error:
            raise forms.ValidationError(
                _("This address does not lead into the public internet by https. Choose another one.")
            ) from error
        except http.NotSent as error:
            raise forms.ValidationError(
                _("Nobody knows a server of this name. Look at the address again.")
            ) from error
        return picture

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for suffix in ("", *(f"_{account.pk}" for account in self.all_accounts)):
            day, clock = cleaned.get(f"day{suffix}"), cleaned.get(f"clock{suffix}")
            if clock and not day:
                self.add_error(f"day{suffix}", _("Choose a day as well, or leave the time empty."))
            if day and not clock:
                self.add_error(f"clock{suffix}", _("Choose a time as well, or leave the day empty."))
        return cleaned

    def draft(self) -> Draft:
        data = self.cleaned_data
        plain = ("name", "text", "title", "link", "picture", "alt", "time_zone", "utm_campaign")
        given = {name: data.get(name, "").replace("\r\n", "\n").replace("\0", "") for name in plain}
        chosen = {account.pk: self._variation(account.pk) for account in data.get("accounts", [])}
        for post in self.posts.values():  # what is on its way stays, whatever is ticked
            if post.state != SocialPost.State.DRAFT:
                chosen.setdefault(post.account_id, self._variation(post.account_id))
        return Draft(**given, wall_time=_wall(data.get("day"), data.get("clock")), accounts=chosen)

    def _variation(self, account: int) -> Variation:
        data = self.cleaned_data
        text = data.get(f"text_{account}", "").replace("\r\n", "\n").replace("\0", "")
        return Variation(
            text if text.strip() else None, _wall(data.get(f"day_{account}"), data.get(f"clock_{account}"))
        )


def starting(group: SocialPostGroup, posts: list[SocialPost]) -> dict[str, Any]:
    wall = group.wall_time
    plain = ("name", "text", "title", "link", "picture", "alt", "time_zone", "utm_campaign")
    found: dict[str, Any] = {name: getattr(group, name) for name in plain}
    found |= {"day": wall and wall.date(), "clock": wall and wall.time()}
    found["accounts"] = [post.account_id for post in posts]
    for post in posts:
        if post.own_text:
            found[f"text_{post.account_id}"] = post.text
        if post.own_time and post.wall_time:
            found[f"day_{post.account_id}"] = post.wall_time.date()
            found[f"clock_{post.account_id}"] = post.wall_time.time()
    return found


def is_own(address: str) -> bool:
    """A file of this installation, which everybody may fetch: a path, or the same behind our own address."""
    if address.startswith("/") and not address.startswith("//"):
        return "\\" not in address and not any(sign.isspace() for sign in address)
    try:
        ours, given = urlsplit(settings.PUBLIC_URL), urlsplit(address)
    except ValueError:
        return False
    return (given.scheme, given.netloc) == (ours.scheme, ours.netloc)


def _wall(day: date | None, clock: time | None) -> datetime | None:
    return datetime.combine(day, clock, UTC) if day and clock else None


class SocialAccountForm(AccountBase):
    """An account with the fields that its network needs; tokens are never stored here."""

    class Meta:
        model = SocialAccount
        fields = ["name", "sandbox", "token_expires_on"]
        widgets = {"token_expires_on": DAY}
        help_texts = {
            "sandbox": _("Posts are shown on our own feed page; nothing reaches the network."),
            "token_expires_on": _(
                "A warning stands beside the account two weeks before. Empty: it does not end."
            ),
        }

    def __init__(self, *args: Any, network: Network, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.network = network
        self.own = list(network.Form.base_fields)
        for name, field in network.Form.base_fields.items():
            self.fields[name] = copy.deepcopy(field)
            self.fields[name].initial = self.instance.settings.get(name, field.initial)
            self.fields[name].required = False
        if not network.is_token_short:
            del self.fields["token_expires_on"]
        self.order_fields(["name", *self.own, "sandbox", "token_expires_on"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("sandbox"):
            for name in self.own:
                if (
                    not cleaned.get(name)
                    and name not in self.errors
                    and self.network.Form.base_fields[name].required
                ):
                    self.add_error(name, _("The network needs this."))
        return cleaned

    def save(self, commit: bool = True) -> SocialAccount:
        given = {name: self.cleaned_data[name] for name in self.own if self.cleaned_data.get(name)}
        kept = {key: value for key, value in self.instance.settings.items() if key not in self.own}
        self.instance.settings = kept | given
        self.instance.network = self.network.key
        return super().save(commit)


class NameForm(forms.Form):
    """The first question of a new post."""

    name = forms.CharField(
        label=_("Name"),
        max_length=120,
        help_text=_("Only colleagues see it, for example “Advent, first week”."),
    )
    day = forms.DateField(required=False, widget=forms.HiddenInput)

    def wall_time(self) -> datetime | None:
        return _wall(self.cleaned_data.get("day"), TEN)
