"""Evidence as plain values, with the claim that claimed evidence names, by each of the ways to it."""

from typing import Any

import pytest

from orchestr.proposals.facts.brought import brought, brought_by, brought_in
from orchestr.runs.evidence import Bringer, record_claimed
from orchestr.runs.models import Evidence
from tests import make
from tests.proposals.propose import agent_of, propose


@pytest.mark.parametrize(
    ("value", "claim"),
    [
        ("guaranteed dry", "guaranteed dry"),
        ({"claim": "guarantee", "report": "wet.pdf"}, "guarantee"),
        ({"claim": 7}, ""),
        ({"report": "wet.pdf"}, ""),
        (["guarantee"], ""),
        (12, ""),
        ("x" * 600, "x" * 500),
    ],
)
def test_claimed_evidence_names_its_claim(house: make.House, value: Any, claim: str) -> None:
    run = house.run()
    at = make.now()
    row = record_claimed(bringer=Bringer.run(run), source="lab", observed_at=at, value=value, at=at)
    assert [one.claim for one in brought_in(run.pk, [row.pk])] == [claim]
    assert [one.claim for one in brought(Evidence.objects.filter(pk=row.pk))] == [claim]

    proposal = propose(house, house.change(after=19_000), run=run)
    version = proposal.versions.get()
    version.evidence.set([row])
    assert [one.claim for one in brought_by(version.pk)] == [claim]


def test_observed_evidence_names_no_claim(house: make.House) -> None:
    proposal = propose(house, house.change(after=19_000), run=agent_of(house).run)
    assert [(one.kind, one.claim) for one in brought_by(proposal.versions.get().pk)] == [("observed", "")]
