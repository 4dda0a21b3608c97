"""What a connector says of itself."""

from datetime import timedelta

from orchestr.connectors.base import Session
from orchestr.connectors.conformance.fixtures import Fixtures
from orchestr.connectors.conformance.subject import Subject


class Declares(Fixtures):
    def test_its_kind_is_the_systems(self, subject: Subject) -> None:
        assert subject.connector.kind == subject.system.kind == subject.declaration.kind, (
            "`kind` of the connector, of its declaration and of the system are one word."
        )

    def test_it_declares_the_same_twice(self, subject: Subject) -> None:
        assert subject.connector.declare(subject.system) == subject.connector.declare(subject.system), (
            "A declaration depends on the configuration alone."
        )

    def test_tools_have_names_of_their_own(self, subject: Subject) -> None:
        names = [tool.name for tool in subject.declaration.tools]
        assert len(names) == len(set(names)), f"Two tools share a name: {sorted(names)}."

    def test_every_writable_field_has_exactly_one_publishing_tool(self, subject: Subject) -> None:
        declaration = subject.declaration
        for one in declaration.fields:
            tools = [
                tool.name
                for tool in declaration.tools
                if tool.action_class == "publish"
                and any((w.type, w.field) == (one.type, one.field) for w in tool.writes)
            ]
            wanted = 1 if one.writable else 0
            assert len(tools) == wanted, f"{one.type}.{one.field}: writable is {one.writable}, its tools are {tools}."

    def test_tools_write_only_declared_fields(self, subject: Subject) -> None:
        known = {(one.type, one.field) for one in subject.declaration.fields}
        for tool in subject.declaration.tools:
            for write in tool.writes:
                assert (write.type, write.field) in known, f"{tool.name} writes {write}, which is not declared."

    def test_reading_tools_write_nothing(self, subject: Subject) -> None:
        for tool in subject.declaration.tools:
            assert tool.action_class != "read" or not tool.writes, f"{tool.name} is a reading tool with writes."
            assert tool.action_class == "read" or tool.writes, f"{tool.name} writes, but does not say what."

    def test_tools_have_schemas_of_objects(self, subject: Subject) -> None:
        for tool in subject.declaration.tools:
            for schema in (tool.input_schema, tool.output_schema):
                assert schema.get("type") == "object", f"A schema of {tool.name} is not that of an object: {schema}."

    def test_a_late_write_is_waited_for(self, subject: Subject) -> None:
        assert subject.declaration.settle_after >= timedelta(seconds=1), (
            "`settle_after` is how long a write that was sent may still land: never nothing."
        )

    def test_secrets_are_not_shown(self, subject: Subject, reader: Session) -> None:
        shown = " ".join([repr(subject), repr(reader), repr(list(subject.credentials.values())), str(vars(reader))])
        for credentials in subject.credentials.values():
            for name in ("api_key", "token", "password", "secret", "client_secret"):
                if name in credentials:
                    assert credentials[name] not in shown, f"The {name} shows in a repr: keep it in Credentials."
