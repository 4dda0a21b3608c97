"""The tree hash against the vectors that RFC 6962's reference implementation publishes."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.merkle import EMPTY_ROOT, Frontier, Node, folded, leaf_hash, node_hash, nodes_of, root_of, split
from tests.audit.published import ENTRIES, ROOTS


def plain_root(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962 as its text says it."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    middle = 1
    while middle * 2 < len(leaves):
        middle *= 2
    return hashlib.sha256(b"\x01" + plain_root(leaves[:middle]) + plain_root(leaves[middle:])).digest()


def test_the_empty_tree_has_the_published_root():
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert root_of([]) == Frontier().root() == EMPTY_ROOT


@pytest.mark.parametrize("size", range(1, 9))
def test_each_size_has_the_published_root(size):
    assert root_of(map(leaf_hash, ENTRIES[:size])).hex() == ROOTS[size - 1]


@given(st.lists(st.binary(max_size=4), max_size=70))
def test_a_grown_tree_has_the_root_of_the_definition(entries):
    leaves = [leaf_hash(entry) for entry in entries]
    assert root_of(leaves) == plain_root(leaves)


@pytest.mark.parametrize("begun", [0, 1, 1023, 1024])
@pytest.mark.parametrize("size", [1023, 1024, 1025, 2048, 3100])
def test_a_tree_grown_by_thousands_has_the_root_of_the_definition(begun, size):
    leaves = [leaf_hash(number.to_bytes(2)) for number in range(begun + size)]
    tree = Frontier()
    tree.extend(leaves[:begun])
    tree.extend(leaves[begun:])
    assert (tree.size, tree.root()) == (begun + size, plain_root(leaves))


@given(st.integers(1, 300))
def test_growing_names_each_perfect_subtree_once_with_its_root(size):
    leaves = [leaf_hash(bytes([number % 251])) for number in range(size)]
    tree, found = Frontier(), {}
    for leaf in leaves:
        for node, hash in tree.appended(leaf):
            assert node not in found
            found[node] = hash
    assert set(found) == {Node(level, index) for level in range(1, size.bit_length()) for index in range(size >> level)}
    for (level, index), hash in found.items():
        assert hash == plain_root(leaves[index << level : (index + 1) << level])


@given(st.integers(0, 5000))
def test_a_whole_tree_is_made_of_as_many_perfect_subtrees_as_its_size_has_ones(size):
    nodes = nodes_of(0, size)
    assert len(nodes) == size.bit_count()
    assert [number for node in nodes for number in (node.place << node.level, (node.place + 1) << node.level)][
        1:-1
    ] == [node.place << node.level for node in nodes[1:] for _ in range(2)]


def test_a_range_that_is_no_subtree_is_refused():
    with pytest.raises(ValueError, match="no subtree"):
        nodes_of(1, 3)


def test_a_frontier_of_the_wrong_number_of_subtrees_is_refused():
    with pytest.raises(ValueError, match="2 perfect subtrees"):
        Frontier(3, [b"x" * 32])


@pytest.mark.parametrize(("size", "middle"), [(2, 1), (3, 2), (4, 2), (5, 4), (8, 4), (9, 8), (5_000_000, 4_194_304)])
def test_a_tree_is_split_at_the_largest_power_of_two_below_its_size(size, middle):
    assert split(size) == middle


def test_folding_goes_from_the_right():
    a, b, c = (leaf_hash(text) for text in (b"a", b"b", b"c"))
    assert folded([node_hash(a, b), c]) == plain_root([a, b, c])
