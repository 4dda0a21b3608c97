"""The demonstration's own servers."""

from tests.shops.demo import demo_erp, demo_shop, erp, shop

__all__ = ["demo_erp", "demo_shop", "erp", "shop"]
