"""How it reads."""

from collections import Counter

from orchestr.connectors.base import Money, Session, Target
from orchestr.connectors.conformance.fixtures import Fixtures
from orchestr.connectors.conformance.subject import Shelf, Subject, live, sweep, target_of, values

NOBODY = "no-such-business-key"
SAMPLE = 60


class Reads(Fixtures):
    def test_a_sweep_ends_and_finds_something(self, shelf: Shelf) -> None:
        assert shelf.resources, "The catalogue is empty: the suite needs a system with something in it."

    def test_a_sweep_with_a_date_leaves_out_no_change(self, shelf: Shelf, reader: Session) -> None:
        assert reader.read_catalogue(updated_since=None).resources == reader.read_catalogue().resources, (
            "`updated_since` None is the whole catalogue."
        )

    def test_each_value_comes_once_in_a_sweep(self, shelf: Shelf) -> None:
        count = Counter(
            (one.type, one.id, snapshot.field, snapshot.address) for one in shelf.resources for snapshot in one.fields
        )
        twice = [key for key, times in count.items() if times > 1]
        assert not twice, f"These values came more than once in one sweep: {twice[:3]}."

    def test_two_sweeps_name_the_same_resources(self, shelf: Shelf, reader: Session) -> None:
        first = {(one.type, one.id, one.ref) for one in shelf.resources}
        again = {(one.type, one.id, one.ref) for one in sweep(reader).resources}
        assert first == again, f"Sweeps differ though nothing was made or removed: {sorted(first ^ again)[:3]}."

    def test_values_are_of_declared_fields_and_kinds(self, subject: Subject, shelf: Shelf) -> None:
        kinds = {(one.type, one.field): one.kind for one in subject.declaration.fields}
        python = {"integer": int, "text": str, "object": dict, "money": dict}
        for resource in shelf.resources:
            for snapshot in resource.fields:
                where = f"{resource.type}.{snapshot.field} of {resource.id}"
                assert kinds.get((resource.type, snapshot.field)) == snapshot.kind, f"{where} is not declared so."
                assert type(snapshot.value) is python[snapshot.kind], f"{where} is {snapshot.value!r}."
                if snapshot.kind == "money":
                    assert Money.parse(snapshot.value).wire() == snapshot.value, f"{where} is not money in wire shape."

    def test_every_resource_lies_in_a_known_segment(self, subject: Subject, shelf: Shelf) -> None:
        known = {segment.key for page in shelf.pages for segment in page.segments}
        for resource in shelf.resources:
            if not subject.declaration.places:
                assert not resource.segments, f"{resource.type} {resource.id} is placed, and `places` is False."
                continue
            assert resource.segments, f"{resource.type} {resource.id} lies in no segment: rights hang on segments."
            unknown = set(resource.segments) - known
            assert not unknown, f"{resource.type} {resource.id} lies in {unknown}, which no page of the sweep named."

    def test_parents_come_before_their_children(self, shelf: Shelf) -> None:
        seen: set[str] = set()
        for page in shelf.pages:
            for segment in page.segments:
                assert segment.parent is None or segment.parent in seen, f"{segment} came before its parent."
                seen.add(segment.key)

    def test_live_values_agree_with_the_sweep(self, shelf: Shelf, reader: Session) -> None:
        """Prices and texts; stock moves while a shop sells."""
        pairs = [
            (target_of(one, snapshot), snapshot.value)
            for one in shelf.resources
            for snapshot in one.fields
            if one.type != "stock"
        ][:SAMPLE]
        found = values(reader, [target for target, _ in pairs])
        differ = [(target, value, now) for (target, value), now in zip(pairs, found, strict=True) if value != now]
        assert not differ, f"A live read differs from the sweep: {differ[:2]}."

    def test_live_values_come_in_the_order_asked(self, shelf: Shelf, reader: Session) -> None:
        targets = [target_of(one, snapshot) for one in shelf.resources for snapshot in one.fields][:SAMPLE]
        backwards = targets[::-1]
        assert [seen.target for seen in reader.read(backwards)] == backwards, "Answers come in the order asked."

    def test_the_business_key_alone_finds_the_value(self, shelf: Shelf, reader: Session) -> None:
        resource = next(one for one in shelf.resources if one.fields and one.type != "stock")
        known = target_of(resource, resource.fields[0])
        bare = Target(type=known.type, id=known.id, ref="", field=known.field, address=known.address)
        assert live(reader, bare)[0] == live(reader, known)[0], "A target without `ref` is found by its `id`."

    def test_what_does_not_exist_has_no_value(self, shelf: Shelf, reader: Session) -> None:
        for resource in {one.type: one for one in shelf.resources if one.fields}.values():
            known = target_of(resource, resource.fields[0])
            absent = Target(type=known.type, id=NOBODY, ref="", field=known.field, address=known.address)
            assert live(reader, absent)[0] is None, f"A {known.type} that does not exist reads as None."
            renamed = Target(type=known.type, id=NOBODY, ref=known.ref, field=known.field, address=known.address)
            assert live(reader, renamed)[0] is None, (
                f"The {known.type} at this `ref` carries another business key now: it is not the one asked for."
            )

    def test_reading_nothing_answers_nothing(self, reader: Session) -> None:
        assert reader.read([]) == ()
