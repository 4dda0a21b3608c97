"""The same as `audit/text.py` in SQL: events that say each of some words."""

from collections.abc import Sequence

from django.db.models import BooleanField, Q
from django.db.models.expressions import RawSQL

# "strict" goes down into every object and list once; the outermost keys of `data` are the names of parameters.
_SAYS = """(
    SELECT bool_and(strpos(said.text, word) > 0) FROM (
        SELECT lower(concat_ws(
            E'\\n', "audit_event"."action", "audit_event"."actor_id", "audit_event"."on_behalf_of",
            "audit_event"."request_id",
            (SELECT string_agg(part #>> '{}', E'\\n') FROM jsonb_path_query(
                jsonb_build_array("audit_event"."about", "audit_event"."data"),
                'strict $.** ? (@.type() == "string" || @.type() == "number")') AS part),
            (SELECT string_agg(part #>> '{}', E'\\n') FROM jsonb_path_query(
                "audit_event"."data", 'strict $.*.** ? (@.type() == "object").keyvalue().key') AS part)
        ) COLLATE "C") AS text OFFSET 0
    ) AS said, unnest(%s::text[]) AS word
)"""


def saying(words: Sequence[str]) -> Q:
    """Events that say each of these words, as `words_of` gives them."""
    return Q(RawSQL(_SAYS, [list(words)], output_field=BooleanField()))  # noqa: S611 - of constants; the words are a parameter
