"""What planning and the dry run need to know of an audience and of the languages of a message."""

from typing import Any, Protocol

from channels.models import Brand, Channel, Message, MessageVersion

EMAIL = str(Channel.EMAIL)

# Places: languages, languages, fallback. Hers as it is written, hers without the region, the fallback.
LANGUAGE_SQL = """
    CASE WHEN c.language = ANY(%s) THEN c.language
         WHEN split_part(c.language, '-', 1) = ANY(%s) THEN split_part(c.language, '-', 1)
         ELSE %s END
"""


# Places: the audience's own, the last id that is done, how many at most.
CHUNK_SQL = """
    SELECT array_agg(id ORDER BY id)
    FROM (SELECT id FROM ({audience}) AS audience WHERE id > %s ORDER BY id LIMIT %s) AS chunk
"""


class Audience(Protocol):
    """A SELECT of one column `id` of living customers, each once, and the values of its `%s` places."""

    @property
    def sql(self) -> str: ...

    @property
    def params(self) -> tuple[Any, ...]: ...


def languages(what: Message | MessageVersion, channel: str = EMAIL) -> tuple[list[str], str]:
    """The languages that it is written in for the channel, and the fallback. A message not yet frozen answers by its
    drafts."""
    written = what.contents.filter(channel=channel).values_list("language", flat=True)
    if isinstance(what, MessageVersion):
        return sorted(set(written)), what.fallback_language
    return sorted(set(written)), Brand.current().fallback_language
