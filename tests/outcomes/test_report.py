"""The report counts everything and lists up to a length."""

from orchestr.outcomes.replay import Load, Outcome, Replayed
from orchestr.outcomes.report import LISTED, Report, a_day, changed


def found(before: Outcome = "single", after: Outcome = "dual", **more: object) -> Replayed:
    values: dict[str, object] = {"proposal": "p", "rule": "price_change", "code": "price_change"}
    return Replayed(before=before, after=after, **(values | more))  # type: ignore[arg-type]


def report(*results: Replayed) -> dict[str, object]:
    made = Report()
    made.add_all(results)
    return made.to_wire()


def test_each_kind_is_counted_and_named() -> None:
    wire = report(
        found(proposal="stricter"),
        found(after="refused", proposal="refused"),
        found(before="dual", after="none", proposal="looser"),
        found(after="single", functions=("legal",), proposal="functions"),
        found(after="single", proposal="same"),
        found(unreadable="facts_format", proposal="unreadable"),
        found(after="single", errors=(("margin", "TypeError"),), proposal="errors"),
    )
    assert wire["counts"] == {
        "refused": 1, "stricter": 1, "looser": 1, "functions": 1, "stopped": 0, "unreadable": 1, "errors": 1,
    }  # fmt: skip
    for kind, rows in wire["lists"].items():
        assert [row["proposal"] for row in rows] == ([] if kind == "stopped" else [kind])
    assert wire["lists"]["unreadable"][0]["code"] == "facts_format"
    assert wire["errors"] == [["margin", "TypeError", 1]]
    assert (wire["replayed"], changed(wire)) == (7, 4)
    assert sum(count for *_, count in wire["moves"]) == 6


def test_what_was_put_back_later_and_is_judged_more_strictly_would_have_been_stopped() -> None:
    wire = report(found(put_back=True, proposal="bad"), found(put_back=True, after="single"), found())
    assert (wire["put_back"], wire["counts"]["stopped"]) == (2, 1)
    assert [row["proposal"] for row in wire["lists"]["stopped"]] == ["bad"]


def test_the_figures_are_whole_where_a_list_ends() -> None:
    wire = report(*(found() for _ in range(LISTED + 1)))
    assert (wire["counts"]["stricter"], len(wire["lists"]["stricter"])) == (LISTED + 1, LISTED)


def test_loads_are_added_up() -> None:
    one = Load(before=1, after=2, shared=2_500, by_function=(("finance", 10_000),))
    wire = report(found(load=one), found(load=one), found(load=Load(before=0, after=1, shared=None, by_function=())))
    assert wire["reviews"] == {
        "before": 2, "after": 5, "shared": 5_000, "by_function": {"finance": 20_000}, "without_deciders": 1,
    }  # fmt: skip


def test_a_day_rounds_away_from_zero() -> None:
    assert [a_day(share, 30) for share in (0, 1, 3_000, 3_001, -1, -3_000)] == [0, 1, 1, 2, -1, -1]
