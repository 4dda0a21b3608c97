"""A publish worker as a team writes it in a week: one PUT a proposal, then mark it published."""

import http.client
import json
import os
from typing import Any
from urllib.parse import urlencode, urlsplit

from celery import shared_task

from orchestr.proposals.models import Proposal

_kept: dict[int, http.client.HTTPConnection] = {}


@shared_task(name="bench.bare.publish", acks_late=False, ignore_result=True)
def publish(proposal_id: str) -> None:
    _publish(proposal_id)


@shared_task(name="bench.bare.publish_late", acks_late=True, ignore_result=True)
def publish_late(proposal_id: str) -> None:
    """The same, acknowledged when it is done: a killed worker's message comes back."""
    _publish(proposal_id)


def _publish(proposal_id: str) -> None:
    proposal = Proposal.objects.get(pk=proposal_id)
    version = proposal.versions.get(number=proposal.number)
    for change in version.plan:
        _put(change)
    Proposal.objects.filter(pk=proposal_id).update(state="published")


def _put(change: dict[str, Any]) -> None:
    parts = {name: part for name, part in change["address"].items() if part is not None}
    line = _line()
    body = json.dumps({"value": change["after"]})
    headers = {"authorization": f"Bearer {os.environ['BENCH_SHOP_TOKEN']}", "if-match": "*"}
    line.request("PUT", f"/api/v1/values/variant/{change['id']}/price?{urlencode(parts)}", body=body, headers=headers)
    answer = line.getresponse()
    answer.read()
    if answer.status != 200:
        raise RuntimeError(f"The shop answered {answer.status}.")


def _line() -> http.client.HTTPConnection:
    if os.getpid() not in _kept:
        parts = urlsplit(os.environ["BENCH_SHOP_URL"])
        _kept[os.getpid()] = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    return _kept[os.getpid()]
