import pytest

from orchestr.policy.fieldclass import class_of


@pytest.mark.parametrize(
    ("type", "field", "kind", "wanted"),
    [
        ("variant", "price", "money", "price"),
        ("variant", "price", "integer", "unknown"),
        ("variant", "cost", "money", "unknown"),
        ("stock", "on_hand", "integer", "stock"),
        ("stock", "reserved", "integer", "unknown"),
        ("product", "title", "text", "copy"),
        ("content", "body", "text", "copy"),
        ("product", "slug", "text", "unknown"),
        ("content", "terms", "text", "unknown"),
        ("promotion", "definition", "object", "promotion"),
        ("promotion", "enabled", "integer", "promotion"),
        ("promotion", "title", "text", "promotion"),
        ("message", "body", "text", "unknown"),
        ("message", "message", "object", "message"),
        ("content", "message_sale", "object", "message"),
        ("content", "message_sale", "text", "unknown"),
        ("content", "banner", "object", "unknown"),
        ("collection", "order", "object", "storefront"),
        ("collection", "layout", "object", "storefront"),
        ("collection", "order", "text", "unknown"),
        ("collection", "rules", "object", "unknown"),
        ("content", "layout", "object", "unknown"),
        ("variant", "tax_bp", "integer", "unknown"),
    ],
)
def test_what_is_not_named_is_unknown(type, field, kind, wanted):
    assert class_of(type=type, field=field, kind=kind) == wanted
