"""Why somebody got no message, in words that are true."""

from campaigns import words
from channels.models import Delivery

State = Delivery.State


def test_a_faulty_template_is_not_put_down_to_a_provider() -> None:
    """Older rows say `content` for both."""
    for key in ("template", "content"):
        assert words.outcome(State.RENDER_ERROR, key) == "faulty content: could not be put together"
        assert "No provider was asked" in str(words.mend(State.RENDER_ERROR, key))
    assert words.outcome(State.REFUSED, "content") == "refused: content refused by the provider"
