"""However short a look is, page by page it finds what a look at everything finds, once and in order."""

import random
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from audit import newest as looking
from audit.models import AuditEvent
from audit.newest import newest
from audit.record import Actor, record_many
from audit.selection import EVERYTHING, Selection, Sight
from tests.audit.events import NOON, submitted

AGENT, PERSON, WORKFLOW, PROPOSAL = (str(UUID(int=number)) for number in range(11, 15))
APPAREL = Sight(segments=frozenset({"apparel"}), unsegmented=False)
ACTIONS = ("proposal.submitted", "step", "proposal.published", "refused", "incident.contained")


@pytest.fixture
def events(db) -> list[AuditEvent]:
    """Two hundred of all sorts, most of which apparel may not see; the order of what happened is not that of recording."""
    dice = random.Random(7)
    entries = []
    for number in range(200):
        action = dice.choice(ACTIONS)
        about = {
            "proposal": PROPOSAL if dice.random() < 0.2 else str(UUID(int=1_000 + number)),
            **({"agent": AGENT} if dice.random() < 0.3 else {}),
            **({"person": PERSON} if dice.random() < 0.3 else {}),
            **({"workflow": WORKFLOW} if dice.random() < 0.7 else {}),
        }
        entries.append(
            submitted(
                action=action,
                at=NOON + timedelta(seconds=dice.randrange(100)),
                actor=Actor.agent(AGENT) if dice.random() < 0.4 else Actor.worker("w"),
                about=about,
                data={"code": dice.choice(["own_work", "stale"])} if action == "refused" else {},
                segments=["apparel"] if dice.random() < 0.1 else ["outdoor"],
            )
        )
    record_many(entries)
    return list(AuditEvent.objects.order_by("-id"))


def walked(selection: Selection, sight: Sight | None, *, most: int) -> list[UUID]:
    """All of it, page by page, as the explorer's links lead."""
    found: list[UUID] = []
    before, turns = None, 0
    while True:
        page = newest(selection, sight, before=before, most=most + 1, at=datetime.now(UTC))
        found += [event.id for event in page.events[:most]]
        if len(page.events) > most:
            before = page.events[most - 1].id
        elif page.looked_to is not None:
            before = page.looked_to
        else:
            return found
        turns += 1
        assert turns < 1_000, "it does not end"


@pytest.mark.parametrize("sight", [EVERYTHING, APPAREL], ids=["everything", "apparel"])
@pytest.mark.parametrize("look", [1, 3, 17, 10_000])
@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"agent": AGENT},
        {"person": PERSON},
        {"workflow": WORKFLOW},
        {"workflow": WORKFLOW, "action": "step"},
        {"action": "proposal."},
        {"action": "step", "agent": AGENT},
        {"exceptional": "all"},
        {"exceptional": "self_approval", "person": PERSON},
        {"proposal": PROPOSAL},
        {"proposal": PROPOSAL, "agent": AGENT},
        {"actor": AGENT, "since": NOON + timedelta(seconds=50)},
        {"id": AGENT},
        {"id": PROPOSAL},
    ],
    ids=lambda asked: ",".join(asked) or "nothing",
)
def test_pages_hold_what_there_is_once_and_in_order(events, monkeypatch, asked, look, sight):
    monkeypatch.setattr(looking, "LOOK", look)
    selection = Selection(**asked)
    answers = set(selection.events(sight).values_list("id", flat=True))
    wanted = [event.id for event in events if event.id in answers]
    assert walked(selection, sight, most=4) == wanted
    assert wanted or sight is not EVERYTHING


@pytest.mark.parametrize("sight", [EVERYTHING, APPAREL], ids=["everything", "apparel"])
@pytest.mark.parametrize("look", [1, 3, 17, 10_000])
def test_times_alone_go_by_when_it_happened(events, monkeypatch, look, sight):
    monkeypatch.setattr(looking, "LOOK", look)
    selection = Selection(since=NOON + timedelta(seconds=20), until=NOON + timedelta(seconds=80))
    rows = sorted(selection.events(sight), key=lambda event: (event.at, event.id), reverse=True)
    assert walked(selection, sight, most=4) == [event.id for event in rows]


def test_a_sku_in_no_proposal_has_no_event(events):
    assert walked(Selection(sku="NOTHING").among([]), EVERYTHING, most=4) == []
    assert set(walked(Selection(sku="SHOE").among([PROPOSAL]), EVERYTHING, most=4)) == {
        event.id for event in events if event.about["proposal"] == PROPOSAL
    }


def test_a_sku_that_was_not_looked_up_is_not_answered(events):
    with pytest.raises(ValueError, match="looked up first"):
        Selection(sku="SHOE").events(EVERYTHING)
