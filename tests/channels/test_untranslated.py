"""A language that is still the copy that it began as is told before it goes out."""

import pytest

from channels.messages import checks, drafts
from channels.models import Content, Message
from tests.channels import mails
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def hints(message: Message) -> list[str]:
    return [fault.sentence for fault in checks.faults(message) if not fault.blocks]


@pytest.fixture
def german() -> Content:
    return Content.objects.get(message=mails.message(languages=("de",)), language="de")


def test_a_copy_is_told_until_somebody_writes_it(german: Content) -> None:
    message = german.message
    english = drafts.add_language(message, "en", UserFactory(), copy_from=german)
    told = "English says the same as German: it is not translated yet."
    assert told in hints(message)
    english.subject = "News from Cologne"
    english.save()
    assert told not in hints(message)


def test_the_same_language_elsewhere_may_say_the_same(german: Content) -> None:
    drafts.add_language(german.message, "de-AT", UserFactory(), copy_from=german)
    assert not [hint for hint in hints(german.message) if "says the same" in hint]
