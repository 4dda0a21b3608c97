"""What the five example agents think, on plain catalogue answers."""

from datetime import UTC, datetime

import pytest

from examples import allocation, pricing, storefront, winback
from examples.content import LIMITS, fitted
from orchestr.client import Money
from tests.examples.given import NOW, eur, field, resource


def stock(id: str, **counts: int):
    return resource("stock", id, *(field("stock", id, "on_hand", count, location=at) for at, count in counts.items()))


class TestAllocation:
    def test_moves_the_reserve_to_where_it_is_bought_and_nothing_is_lost(self) -> None:
        (idea,) = allocation.transfers([stock("A", hamburg=60, leeds=6, oslo=40)], {"A": {"web-de": 10, "web-uk": 4}})
        assert [(each.address["location"], each.before, each.after) for each in idea.changes] == [
            ("oslo", 40, 26),
            ("leeds", 6, 20),
        ]
        assert idea.atomicity == "all_or_compensate"

    @pytest.mark.parametrize(
        ("counts", "sold"),
        [
            ({"hamburg": 100, "leeds": 90, "oslo": 40}, {"web-de": 10, "web-uk": 4}),  # it lasts
            ({"hamburg": 5, "leeds": 90, "oslo": 4}, {"web-de": 10}),  # nothing to move
            ({"hamburg": 5, "leeds": 90, "oslo": 400}, {"web-de": 100}),  # it would have moved by then
            ({"hamburg": 5, "leeds": 90, "oslo": 400}, {}),  # nobody buys it
        ],
    )
    def test_leaves_alone_what_lasts_what_cannot_and_what_moves_too_fast(self, counts, sold) -> None:
        assert list(allocation.transfers([stock("A", **counts)], {"A": sold})) == []

    def test_completes_a_text_by_one_fact_it_leaves_out(self) -> None:
        product = resource(
            "product",
            "fjell",
            field("product", "fjell", "facts", {"material": "wool", "care": "wash cold"}, locale="en"),
            field("product", "fjell", "description", "Warm. Made of wool.", locale="en"),
        )
        (idea,) = allocation.completions([product])
        assert [each.after for each in idea.changes] == ["Warm. Made of wool. Care: wash cold."]


class TestPricing:
    def standing(self, *, stock: int, sold: int, floor: int = 0):
        fields = [field("variant", "A", "price", eur(19_990), channel="web-de")]
        fields += [field("variant", "A", "minimum_price", eur(floor))] if floor else []
        return [resource("variant", "A", *fields, sold={"web-de": sold})], {"A": stock}

    def test_raises_what_is_scarce_and_lowers_what_is_slow_and_keeps_the_ending(self) -> None:
        (up,) = pricing.prices(*self.standing(stock=20, sold=14), "web-de")
        (down,) = pricing.prices(*self.standing(stock=200, sold=14), "web-de")
        assert [each.after["amount"] for each in (*up.changes, *down.changes)] == [20_590, 18_790]

    def test_never_goes_below_the_floor_of_the_erp(self) -> None:
        assert list(pricing.prices(*self.standing(stock=200, sold=14, floor=18_791), "web-de")) == []

    def test_plans_no_second_promotion_of_the_same_code(self) -> None:
        variants = [
            resource("variant", id, field("variant", id, "price", eur(9_990), channel="web-de"), sold={"web-de": 1})
            for id in "ABC"
        ]
        stocks = dict.fromkeys("ABC", 90)
        (idea,) = pricing.promotions(variants, stocks, set(), "web-de", now=NOW)
        (change,) = idea.changes
        assert (change.before, change.after["skus"], change.after["starts_at"]) == (
            None,
            ["A", "B", "C"],
            "2026-03-30T06:00:00Z",
        )
        assert list(pricing.promotions(variants, stocks, {change.id}, "web-de", now=NOW)) == []

    @pytest.mark.parametrize(("amount", "like", "after"), [(20_039, 19_990, 19_990), (20_040, 19_990, 20_090)])
    def test_takes_the_nearest_amount_of_that_ending(self, amount: int, like: int, after: int) -> None:
        assert pricing.ending(Money(amount, "EUR"), like=Money(like, "EUR")).amount == after


class TestStorefront:
    def collection(self, *slugs: str):
        return resource(
            "collection",
            "jackets",
            field("collection", "jackets", "order", {"products": list(slugs)}, channel="web-de"),
            field("collection", "jackets", "layout", {"hero": None, "columns": 3}, channel="web-de"),
            title="Jackets",
        )

    def shelf(self, **sold_and_left: tuple[int, int]) -> storefront.Shelf:
        variants = [resource("variant", n, title=f"{n}, M", sold={"web-de": s}) for n, (s, _) in sold_and_left.items()]
        return storefront.Shelf(variants, [stock(name, oslo=left) for name, (_, left) in sold_and_left.items()])

    def test_opens_with_what_sells_and_can_be_delivered(self) -> None:
        shelf = self.shelf(a=(1, 50), b=(9, 50), c=(30, 2))
        (idea,) = storefront.arrangements([self.collection("a", "b", "c")], shelf, "web-de")
        assert idea.changes[0].after == {"products": ["b", "a", "c"]}
        assert idea.changes[1].after == {"hero": "b", "columns": 3}

    def test_says_nothing_where_the_order_is_right(self) -> None:
        shelf = self.shelf(a=(9, 50), b=(1, 50))
        assert list(storefront.arrangements([self.collection("a", "b")], shelf, "web-de")) == []


class TestContent:
    def test_keeps_whole_sentences_where_they_fit(self) -> None:
        assert fitted("Warm. Made of wool. Care: wash cold.", 20) == "Warm. Made of wool."

    def test_cuts_a_long_sentence_at_a_word_and_never_exceeds_the_limit(self) -> None:
        text = "A jacket for weather that changes its mind several times within one and the same hour of a long day."
        cut = fitted(text, LIMITS["marketplace"])
        assert len(cut) <= LIMITS["marketplace"]
        assert cut.endswith("…")
        assert text.startswith(cut[:-1])


class TestWinback:
    def customer(self, **other: str) -> dict[str, str]:
        good = {
            "channel": "web-de",
            "interest": "apparel",
            "days_since_order": "90",
            "messages_7d": "0",
            "consent": "yes",
        }
        return good | other

    @pytest.mark.parametrize(
        "other",
        [{"consent": "no"}, {"messages_7d": "1"}, {"days_since_order": "89"}, {"channel": "web-uk"}, {"interest": "x"}],
    )
    def test_writes_to_nobody_who_did_not_agree_or_heard_or_bought_lately(self, other: dict[str, str]) -> None:
        counted = [self.customer(), self.customer(**other)]
        assert winback.lapsed(counted, channel="web-de", interest="apparel") == 1

    def test_goes_out_in_the_morning_where_they_live_across_a_change_of_clocks(self) -> None:
        assert winback.morning(datetime(2026, 3, 28, 12, tzinfo=UTC), "Europe/Berlin") == datetime(
            2026, 3, 29, 8, tzinfo=UTC
        )

    def test_promises_only_what_is_on_then_and_there(self) -> None:
        message = resource("message", "winback", segment="outdoor-gear")
        definition = {"percent_bp": 1_500, "starts_at": "2026-03-20T00:00:00Z", "ends_at": "2026-04-03T00:00:00Z"}

        def promotion(code: str, *, on: int, percent: int):
            return resource(
                "promotion",
                code,
                field("promotion", code, "definition", {**definition, "percent_bp": percent}, channel="web-de"),
                field("promotion", code, "enabled", on, channel="web-de"),
                segment="outdoor-gear/backpacks",
            )

        there = [promotion("TRAIL15", on=1, percent=1_500), promotion("OFF30", on=0, percent=3_000)]
        assert winback.promise_for(there, message, "web-de", NOW) == {"discount_bp": 1_500, "promotion": "TRAIL15"}
        assert winback.promise_for(there, message, "web-uk", NOW)["promotion"] is None
