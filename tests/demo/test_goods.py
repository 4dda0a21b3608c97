"""What Fjord & Field sells."""

from collections import Counter
from xml.etree import ElementTree

import pytest

from demo.catalogue import pictures
from demo.catalogue.goods import Variant, goods
from demo.catalogue.segments import LEAVES, SEGMENT
from demo.catalogue.sites import SITE, net

SVG = "{http://www.w3.org/2000/svg}"


def test_there_are_150_skus_in_six_leaf_segments_under_two() -> None:
    range_ = goods(1)
    assert (len(range_.products), len({variant.sku for variant in range_.variants})) == (50, 150)
    assert {variant.segment for variant in range_.variants} == {leaf.key for leaf in LEAVES}
    assert {leaf.parent for leaf in LEAVES} == {"apparel", "outdoor-gear"}
    assert len(LEAVES) == 6


def test_the_same_seed_gives_the_same_goods_and_another_gives_others() -> None:
    first = goods(1)
    goods.cache_clear()
    assert goods(1) == first
    assert goods(2) != first
    assert [variant.sku for variant in goods(2).variants] == [variant.sku for variant in first.variants]


def test_every_segment_has_something_to_do_and_something_to_refuse() -> None:
    count = Counter((variant.segment, variant.situation) for variant in goods(1).variants)
    for leaf in LEAVES:
        assert count[leaf.key, "overstocked"] == 4
        assert count[leaf.key, "squeezed"] == 1


def margin_bp(variant: Variant, channel: str, *, price_bp: int = 10_000) -> int:
    site = SITE[channel]
    amount = net(variant.prices[channel] * price_bp // 10_000, country=site.country)
    return (amount - variant.cost(site.currency)) * 10_000 // amount


def test_a_fifth_off_leaves_a_margin_on_everything_but_the_squeezed() -> None:
    for variant in goods(1).variants:
        for channel in variant.prices:
            after = margin_bp(variant, channel, price_bp=8_000)
            assert (after < 1_000) is (variant.situation == "squeezed"), (variant.sku, channel, after)


def test_no_list_price_lies_under_the_floor() -> None:
    for variant in goods(1).variants:
        for channel, amount in variant.prices.items():
            assert amount >= variant.minimum_price(SITE[channel].currency), variant.sku


def test_overstock_lasts_for_months_and_the_rest_does_not() -> None:
    for variant in goods(1).variants:
        cover = sum(variant.stock.values()) / sum(variant.units_per_day.values())
        assert (cover > 100) is (variant.situation in ("slow", "overstocked", "squeezed")), variant.sku


def test_a_third_of_the_products_have_copy_worth_improving_and_all_have_facts() -> None:
    thin = [product for product in goods(1).products if len(product.copy.description["en"]) < 40]
    assert len(thin) == 18
    for product in goods(1).products:
        assert (
            set(product.copy.facts["en"]) == set(product.copy.facts["de"]) == {"material", "weight_g", "care", "season"}
        )


@pytest.mark.parametrize("kind", sorted({variant.picture for variant in goods(1).variants}))
def test_a_picture_is_a_titled_drawing_with_nothing_to_run(kind: str) -> None:
    drawn = ElementTree.fromstring(pictures.draw(picture=kind, colour="#3f7d8c", title="<Fjell> & Co"))
    assert drawn.find(f"{SVG}title").text == "<Fjell> & Co"
    assert {part.tag for part in drawn.iter()} <= {
        f"{SVG}{name}" for name in ("svg", "title", "rect", "path", "ellipse")
    }


def test_dear_segments_react_to_price_and_none_is_left_unstated() -> None:
    assert all(1 < SEGMENT[leaf.key].elasticity < 3 for leaf in LEAVES)
