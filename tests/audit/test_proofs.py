"""Proofs: those of the reference implementation, those of every small tree, and none that was changed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.merkle import leaf_hash, root_of
from audit.proofs import (
    ProofRefused,
    check_consistency,
    consistency_spans,
    included_root,
    inclusion_spans,
    spans_of,
)
from tests.audit import independent
from tests.audit.published import ENTRIES, GROWN, PATHS, ROOTS

LEAVES = [leaf_hash(bytes([number])) for number in range(80)]


def hashes(spans, leaves=LEAVES):
    return [root_of(leaves[start:end]) for start, end in spans]


def rooted(spans, size, leaves, proof):
    """The root these lead to, with nothing left over."""
    left, rest = iter(leaves), iter(proof)
    root = included_root(spans, size, left, rest)
    if next(left, None) is not None or next(rest, None) is not None:
        raise ProofRefused("left over")
    return root


@pytest.mark.parametrize(("entry", "size", "path"), PATHS)
def test_audit_paths_are_the_published_ones(entry, size, path):
    leaves = [leaf_hash(text) for text in ENTRIES]
    proof = hashes(inclusion_spans([(entry - 1, entry)], size), leaves)
    assert [part.hex() for part in proof] == path
    assert rooted([(entry - 1, entry)], size, [leaves[entry - 1]], proof).hex() == ROOTS[size - 1]


@pytest.mark.parametrize(("old", "size", "path"), GROWN)
def test_consistency_proofs_are_the_published_ones(old, size, path):
    leaves = [leaf_hash(text) for text in ENTRIES]
    proof = hashes(consistency_spans(old, size), leaves)
    assert [part.hex() for part in proof] == path
    old_root, root = bytes.fromhex(ROOTS[old - 1]), bytes.fromhex(ROOTS[size - 1])
    check_consistency(old=old, old_root=old_root, size=size, root=root, proof=proof)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 13, 21, 64, 65, 80])
def test_an_implementation_that_shares_no_code_accepts_every_proof(size):
    root = root_of(LEAVES[:size])
    for number in range(size):
        path = hashes(inclusion_spans([(number, number + 1)], size))
        assert independent.is_included(number, size, LEAVES[number], path, root)
        assert not independent.is_included((number + 1) % size if size > 1 else 1, size, LEAVES[number], path, root)
    for old in range(size + 1):
        path = hashes(consistency_spans(old, size))
        assert independent.is_consistent(old, size, root_of(LEAVES[:old]), root, path)
        check_consistency(old=old, old_root=root_of(LEAVES[:old]), size=size, root=root, proof=path)


@given(st.integers(1, 80).flatmap(lambda size: st.tuples(st.just(size), st.sets(st.integers(0, size - 1)))))
def test_several_entries_are_proven_at_once(given_):
    size, numbers = given_
    spans = spans_of(sorted(numbers))
    proof = hashes(inclusion_spans(spans, size))
    assert rooted(spans, size, [LEAVES[number] for number in sorted(numbers)], proof) == root_of(LEAVES[:size])


def test_a_whole_log_needs_no_proof():
    assert list(inclusion_spans([(0, 80)], 80)) == []


def test_of_the_empty_log_nothing_needs_a_proof():
    assert list(inclusion_spans([], 0)) == []
    assert rooted([], 0, [], []) == root_of([])


@settings(max_examples=2_000)
@given(st.data())
def test_no_changed_proof_of_entries_leads_to_the_root(data):
    size = data.draw(st.integers(1, 80))
    numbers = sorted(data.draw(st.sets(st.integers(0, size - 1), min_size=1)))
    spans, leaves = spans_of(numbers), [LEAVES[number] for number in numbers]
    proof = hashes(inclusion_spans(spans, size))
    changed = _mutated(data, spans, size, leaves, proof)
    if changed == (spans, size, leaves, proof):
        return
    try:
        found = rooted(*changed)
    except ProofRefused:
        return
    # Where the changed one leads to the root, it says the same of the log: the same leaves at the same places.
    same = found == root_of(LEAVES[:size]) and changed[1] == size
    assert not same or (changed[0], changed[2]) == (spans, leaves)


@settings(max_examples=2_000)
@given(st.data())
def test_no_changed_proof_of_consistency_passes(data):
    size = data.draw(st.integers(2, 80))
    old = data.draw(st.integers(1, size - 1))
    asked = {"old": old, "old_root": root_of(LEAVES[:old]), "size": size, "root": root_of(LEAVES[:size])}
    proof = hashes(consistency_spans(old, size))
    kind = data.draw(st.sampled_from(["hash", "drop", "add", "swap", "root", "old_root"]))
    if kind in ("root", "old_root"):
        asked[kind] = _flipped(data, asked[kind])
    else:
        _, _, _, changed = _mutated_list(data, kind, proof)
        if changed == proof:
            return
        proof = changed
    with pytest.raises(ProofRefused):
        check_consistency(**asked, proof=proof)


@pytest.mark.parametrize(
    ("old", "size", "proof"), [(3, 2, []), (-1, 2, []), (0, 2, [LEAVES[0]]), (2, 2, [LEAVES[0]]), (1, 2, [b"short"])]
)
def test_a_proof_of_the_wrong_shape_is_refused(old, size, proof):
    with pytest.raises(ProofRefused):
        check_consistency(old=old, old_root=LEAVES[0], size=size, root=LEAVES[0], proof=proof)


@pytest.mark.parametrize("spans", [[(1, 1)], [(2, 1)], [(0, 9)], [(-1, 2)], [(0, 2), (2, 3)], [(3, 4), (0, 1)]])
def test_entries_that_are_no_runs_in_order_are_refused(spans):
    with pytest.raises(ProofRefused):
        included_root(spans, 8, iter(LEAVES), iter(LEAVES))


def _mutated(data, spans, size, leaves, proof):
    kind = data.draw(st.sampled_from(["hash", "drop", "add", "swap", "leaf", "size", "spans"]))
    if kind == "leaf":
        at = data.draw(st.integers(0, len(leaves) - 1))
        return spans, size, [*leaves[:at], _flipped(data, leaves[at]), *leaves[at + 1 :]], proof
    if kind == "size":
        return spans, size + data.draw(st.sampled_from([-1, 1, 2, 1000])), leaves, proof
    if kind == "spans":
        moved = data.draw(st.sampled_from([-1, 1]))
        return [(start + moved, end + moved) for start, end in spans], size, leaves, proof
    return spans, size, leaves, _mutated_list(data, kind, proof)[3]


def _mutated_list(data, kind, proof):
    at = data.draw(st.integers(0, max(len(proof) - 1, 0)))
    changed = list(proof)
    if kind == "add":
        changed.insert(at, data.draw(st.binary(min_size=31, max_size=33)))
    elif changed and kind == "hash":
        changed[at] = _flipped(data, changed[at])
    elif changed and kind == "drop":
        del changed[at]
    elif changed and kind == "swap":
        changed[at], changed[0] = changed[0], changed[at]
    return None, None, None, changed


def _flipped(data, known):
    at = data.draw(st.integers(0, 255))
    return bytes(part ^ (1 << at % 8 if place == at // 8 else 0) for place, part in enumerate(known))
