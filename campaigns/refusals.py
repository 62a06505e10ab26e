"""Why something was not done, in a sentence for whoever asked."""


class Refused(Exception):
    """`sentence` is in the reader's language: what happened, why, what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Stale(Refused):
    """Somebody else changed it since this reader opened it."""
