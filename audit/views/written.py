"""What people wrote, which the log does not hold: the proposals whose texts say some words, as far as somebody may see."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import connection

from audit.newest import first_of
from audit.text import words_of
from orchestr.people.eligibility import segment_sets_with

if TYPE_CHECKING:
    from orchestr.people.models import Account

LOOK = 2_000  # proposals, the newest: each of their texts is read
# Accents and vowel points, and what joins letters or turns the line without being seen.
_MARKS = "[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]"
# Written in one way: taken apart, without marks, in small letters of every script.
_FOLDED = "lower(regexp_replace(normalize({text}, NFKD), %(marks)s, '', 'g') COLLATE pg_c_utf8)"
_SAID_BY = """
    SELECT concat_ws(E'\\n', summary, rationale) AS text FROM orchestr_version WHERE proposal_id = near.id
    UNION ALL SELECT reason FROM orchestr_decision WHERE proposal_id = near.id
    UNION ALL SELECT reason FROM orchestr_exception WHERE proposal_id = near.id
    UNION ALL SELECT why FROM orchestr_execution WHERE proposal_id = near.id
    UNION ALL SELECT text FROM reviews_comment WHERE proposal_id = near.id
"""
_WRITTEN = f"""
SELECT near.id FROM (
    SELECT id, segment_set_id FROM orchestr_proposal WHERE id < %(before)s ORDER BY id DESC LIMIT %(look)s
) AS near CROSS JOIN LATERAL (
    SELECT {_FOLDED.format(text="string_agg(each.text, E'\\n')")} AS text FROM ({_SAID_BY}) AS each OFFSET 0
) AS said
WHERE near.segment_set_id = ANY(%(sets)s) AND (
    SELECT bool_and(strpos(said.text, {_FOLDED.format(text="word")}) > 0) FROM unnest(%(words)s::text[]) AS word
)
ORDER BY near.id DESC
"""  # noqa: S608 - of constants; every value is a parameter


def proposals_saying(text: str, *, by: "Account", before: datetime) -> list[str]:
    """The newest proposals that `by` may see whose summaries, reasons and comments together say each word of a text.

    Of the newest 2,000 that were submitted before a moment. Case, accents and vowel points make no difference. Texts
    whose time is over are emptied, and found no more.
    """
    words = words_of(text)
    if words is None:
        return []
    given: dict[str, Any] = {
        "before": first_of(before),
        "look": LOOK,
        "marks": _MARKS,
        "sets": segment_sets_with(by, "view_segment"),
        "words": words,
    }
    with connection.cursor() as cursor:
        cursor.execute(_WRITTEN, given)
        return [str(id) for (id,) in cursor.fetchall()]
