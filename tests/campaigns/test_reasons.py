"""Why somebody got no message, in words that are true."""

import re
from pathlib import Path

from django.conf import settings

from campaigns import words
from channels.arbiter import frequency
from channels.arbiter.openings import BEST_TIME
from channels.arbiter.rows import HOLDOUT
from channels.models import Delivery

State = Delivery.State


def test_a_faulty_template_is_not_put_down_to_a_provider() -> None:
    """Older rows say `content` for both."""
    for key in ("template", "content"):
        assert words.outcome(State.RENDER_ERROR, key) == "faulty content: could not be put together"
        assert "No provider was asked" in str(words.mend(State.RENDER_ERROR, key))
    assert words.outcome(State.REFUSED, "content") == "refused: content refused by the provider"


# What a gate, a verdict or a change of the sender is given, and what the statements of the sweeper write.
GIVEN = r"""(?:withhold|wait)\(\s*"(\w+)"|Act\.\w+, "(\w+)"|State\.\w+\)?, "(\w+)"|reason = '(\w+)'|ELSE? '(late)'"""


def test_every_reason_in_the_code_has_words() -> None:
    folders = [Path(settings.BASE_DIR) / app for app in ("channels/arbiter", "channels/delivery")]
    folders += Path(settings.BASE_DIR).glob("*/gates")
    sources = [file.read_text() for folder in folders for file in folder.rglob("*.py")]
    found = {key for text in sources for match in re.findall(GIVEN, text) for key in match if key}
    found |= {frequency.CAPPED, frequency.SLOWED, frequency.WISHED, frequency.LOST, BEST_TIME, HOLDOUT}
    assert {"no_consent", "late", "lease_lost", "line", "template", "no_code"} <= found, (
        "the search finds them"
    )
    assert found <= set(words.REASONS)
