"""Which notices and calls are about a rehearsal: whoever is called must know it before anything else."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from orchestr.prepared import prepared

# What a drill makes names its drill, or lies behind a proposal that does. Triggers go by their keys, the rest by ids.
_OF_DRILLS = """
SELECT 'proposal', id::text FROM orchestr_proposal WHERE id = ANY(%(proposal)s::uuid[]) AND drill_id IS NOT NULL
UNION ALL SELECT 'run', id::text FROM orchestr_run WHERE id = ANY(%(run)s::uuid[]) AND drill_id IS NOT NULL
UNION ALL SELECT 'trigger', key FROM orchestr_trigger WHERE key = ANY(%(trigger)s::text[]) AND drill_id IS NOT NULL
UNION ALL SELECT 'execution', e.id::text FROM orchestr_execution e JOIN orchestr_proposal p ON p.id = e.proposal_id
    WHERE e.id = ANY(%(execution)s::uuid[]) AND p.drill_id IS NOT NULL
UNION ALL SELECT 'incident', i.id::text FROM orchestr_incident i JOIN orchestr_proposal p ON p.id = i.proposal_id
    WHERE i.id = ANY(%(incident)s::uuid[]) AND p.drill_id IS NOT NULL
"""
_NOUNS = ("proposal", "run", "trigger", "execution", "incident")


def of_drills(abouts: Sequence[Mapping[str, str]]) -> list[bool]:
    """For each of these, in their order, whether it is about something of a drill (one query, none for none)."""
    named = {noun: sorted({about[noun] for about in abouts if noun in about}) for noun in _NOUNS}
    if not any(named.values()):
        return [False] * len(abouts)
    with prepared() as cursor:
        cursor.execute(_OF_DRILLS, named)
        drilled = set(cursor.fetchall())
    return [any((noun, about[noun]) in drilled for noun in _NOUNS if noun in about) for about in abouts]


def marked(words: object, *, drill: bool) -> str:
    """The words, behind the mark that nothing real has happened."""
    return _("Drill: %(words)s") % {"words": words} if drill else str(words)
