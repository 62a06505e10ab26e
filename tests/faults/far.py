"""Providers that are asked message by message, in the process of the test, which nobody kills. What they took over
stands in the world's log like the mails of the SMTP server: it is the truth, whatever our rows say."""

import json
from dataclasses import replace
from typing import Any

from django.test import override_settings

from channels import consent
from channels.models import Topic
from channels.push import keys, registration
from channels.push.registration import Owner, Seen
from customers.models import Customer
from tests.channels import people
from tests.channels.pushes import ASKED, NOW, keys_of
from tests.faults.world import World
from tests.servers.push import PushService, Taken
from tests.servers.twilio import SID, Twilio


class Phones(Twilio):
    by, channel = "twilio", "sms"

    def __init__(self, world: World, delay: float) -> None:
        super().__init__(delay)
        self.log = world.mail_log.open("a", buffering=1)
        self.deliveries: dict[str, int] = {}

    def settings(self) -> dict[str, Any]:
        return {"account_sid": SID, "sender": "+493012345678", "api_url": self.url}

    def take(self, form: dict[str, str]) -> str:
        write(self.log, self.deliveries[form["To"]])
        return super().take(form)

    def enrol(self, made: list[Customer]) -> None:
        topic = Topic.objects.get(key="newsletter")
        consent.record([replace(people.yes(each, topic), channel=self.channel) for each in made], people.NOON)

    def expect(self, rows: Any) -> None:
        """Whose message is whose, once they are planned."""
        self.deliveries |= dict(rows.values_list("customer__phone", "id"))


class Browsers(PushService):
    by, channel = "web_push", "push"

    def __init__(self, world: World, delay: float) -> None:
        super().__init__(delay)
        self.log = world.mail_log.open("a", buffering=1)
        self.owners: dict[str, int] = {}
        self.deliveries: dict[int, int] = {}

    def settings(self) -> dict[str, Any]:
        return {"contact": "shop@linden.example"}

    def take(self, message: Taken) -> int:
        write(self.log, self.deliveries[self.owners[message.browser.endpoint]])
        return super().take(message)

    def enrol(self, made: list[Customer]) -> None:
        with override_settings(PUSH_HOSTS=[self.place], OUTGOING_HOSTS=[self.place]):
            for person in made:
                browser = self.browser(keys.active(NOW).public)
                self.owners[browser.endpoint] = person.pk
                registration.register(keys_of(browser), Owner(person.pk), Seen(asked=ASKED), NOW)

    def expect(self, rows: Any) -> None:
        self.deliveries |= dict(rows.values_list("customer_id", "id"))


Far = Phones | Browsers


def write(log: Any, delivery_id: int) -> None:
    """Before it is answered, as a provider that has taken it over."""
    log.write(json.dumps({"id": str(delivery_id)}) + "\n")
