"""What a folder of files can do: be read."""

from datetime import timedelta

from orchestr.connectors import schemas
from orchestr.connectors.base import Declaration, FieldDeclaration, SystemConfig, Tool
from orchestr.connectors.files.feeds import KNOWN, Feed, feeds_of

TOOL = Tool(
    name="read_files",
    title="Read the newest whole files of the folder",
    action_class="read",
    resend="absolute",
    input_schema=schemas.EMPTY,
    output_schema={"type": "object"},
)


def declare(system: SystemConfig) -> Declaration:
    """Raises SystemRefused where the settings cannot be followed."""
    feeds = feeds_of(system)
    return Declaration(
        kind="files",
        title="Files in a folder",
        tools=(TOOL,),
        fields=tuple(_field(type, field, feeds) for type, field in KNOWN if _holding(type, field, feeds)),
        settle_after=timedelta(seconds=1),  # nothing is ever written
        places=False,
    )


def _field(type: str, field: str, feeds: tuple[Feed, ...]) -> FieldDeclaration:
    kind, freshness, _ = KNOWN[type, field]
    holding = _holding(type, field, feeds)
    return FieldDeclaration(
        type=type,
        field=field,
        kind=kind,
        freshness=freshness,
        source_of_truth=all(feed.source_of_truth for feed in holding),
        lasts_s=min(feed.max_age_s for feed in holding),
    )


def _holding(type: str, field: str, feeds: tuple[Feed, ...]) -> list[Feed]:
    return [feed for feed in feeds if feed.type == type and any(column.field == field for column in feed.columns)]
