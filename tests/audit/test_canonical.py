"""The canonical bytes are those of RFC 8785, as an independent implementation writes them."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from audit.canonical import LARGEST, canonical, instant

text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
scalars = st.none() | st.booleans() | st.integers(-LARGEST, LARGEST) | text
facts = st.recursive(
    scalars, lambda parts: st.lists(parts, max_size=4) | st.dictionaries(text, parts, max_size=4), max_leaves=12
)


@given(facts)
def test_agrees_with_an_independent_implementation(fact):
    assert canonical(fact) == rfc8785.dumps(fact)


def test_sorts_keys_by_utf_16_and_not_by_code_point():
    fact = {"\U0001f600": 1, "\ufb33": 2}
    assert canonical(fact) == '{"\U0001f600":1,"\ufb33":2}'.encode()
    assert sorted(fact) == ["\ufb33", "\U0001f600"]


@pytest.mark.parametrize("value", [1.5, float("nan"), {"deep": [1.0]}, b"bytes", {1: "key"}, object()])
def test_refuses_what_has_no_exact_form(value):
    with pytest.raises(TypeError):
        canonical(value)


@pytest.mark.parametrize("value", [LARGEST + 1, -LARGEST - 1, "a\0b", "\ud800", datetime(2026, 1, 1)])
def test_refuses_what_a_reader_could_not_hold(value):
    with pytest.raises(ValueError):
        canonical(value)


def test_writes_ids_and_times_as_text():
    east = timezone(timedelta(hours=2))
    assert instant(datetime(2026, 3, 2, 14, 0, 0, 7, tzinfo=east)) == "2026-03-02T12:00:00.000007Z"
    assert canonical([UUID(int=1), datetime(2026, 3, 2, tzinfo=UTC)]) == (
        b'["00000000-0000-0000-0000-000000000001","2026-03-02T00:00:00.000000Z"]'
    )
