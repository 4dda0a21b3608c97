"""The OpenAPI document against the door, as `schemathesis run` would: every phase, links followed, each answer checked."""

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from orchestr.api.api import api

SEED = 20_260_101
PATIENCE_S = 170  # with one request: a machine with much to do is slow, and that is not what is tried
# That what fits the document is accepted is not checked: a body of the right shape may name a thing that is not there,
# and is refused for it (404, 409, 422), as the document says.
CHECKED = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance",
    "response_headers_conformance", "negative_data_rejection", "missing_required_header", "unsupported_method",
    "allow_header_conformance", "ignored_auth", "use_after_free", "ensure_resource_availability",
)  # fmt: skip


@dataclass(slots=True)
class Tried:
    """What was sent and answered: how many by phase and by status, links followed, and what was found."""

    phases: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    reached: set[str] = field(default_factory=set)
    links: int = 0
    found: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        return sum(self.statuses.values())

    def take(self, event: events.ScenarioFinished) -> None:
        recorder = event.recorder
        self.phases[str(event.phase)] += len(recorder.interactions)
        for id, interaction in recorder.interactions.items():
            if interaction.response is not None:
                self.statuses[interaction.response.status_code] += 1
                if interaction.response.status_code < 300:
                    self.reached.add(recorder.cases[id].value.operation.label)
        self.links += sum(node.is_transition_applied for node in recorder.cases.values())
        for id, checks in recorder.checks.items():
            for check in checks:
                if check.failure_info is not None:
                    case, answer = recorder.cases[id].value, recorder.interactions[id].response
                    said = "" if answer is None else f"{answer.status_code} {answer.content[:600]!r}"
                    self.found.append(f"{check.name}: {check.failure_info.failure}\n{case.as_curl_command()}\n{said}")


def tried(url: str, token: str, *, examples: int, coverage: str = "none", steps: int = 10) -> Tried:
    """Run every phase with this token. `coverage` of the document's edges: none, positive (what fits it), or all."""
    config = SchemathesisConfig.from_dict(
        {
            "seed": SEED,
            "base-url": url,
            "request-timeout": PATIENCE_S,
            "max-failures": 20,
            "headers": {"Authorization": f"Bearer {token}"},
            "generation": {"max-examples": examples, "database": "none", "no-shrink": True, "deterministic": True},
            "phases": {
                "coverage": {
                    "enabled": coverage != "none",
                    "unexpected-methods": ["DELETE"],
                    "generation": {"mode": coverage if coverage == "positive" else "all"},
                },
                "stateful": {"max-steps": steps, "generation": {"max-examples": 6 * examples}},
            },
            "checks": {"enabled": False} | {name: {"enabled": True} for name in CHECKED},
        }
    )
    schema = schemathesis.openapi.from_dict(json.loads(json.dumps(api.get_openapi_schema())), config=config)
    done = Tried()
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            done.take(event)
        elif isinstance(event, events.NonFatalError | events.FatalError):
            done.found.append(_told(event))
    return done


def _told(event: Any) -> str:
    return (
        f"error: {getattr(event, 'label', '')} {getattr(event, 'value', None) or getattr(event, 'exception', event)!r}"
    )
