"""The shop as shoppers see it: a shelf by segment, a page per SKU, its picture. Public, and nothing to run."""

from datetime import UTC, datetime
from html import escape

from aiohttp import web

from demo.catalogue.goods import Product, Variant
from demo.catalogue.pictures import draw
from demo.catalogue.sites import BRAND, SITE, SITES
from demo.catalogue.storefront import Collection, collections
from demo.door.strict import Problem
from demo.shop.opening import price_spot
from demo.shop.pricing import offers, paid
from demo.shop.shop import SHOP, Shop
from demo.shop.spot import Spot, key
from orchestr.policy.values import Json

routes = web.RouteTableDef()
SIGNS = {"EUR": "{} €", "GBP": "£{}"}
HEADERS = {"Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'"}
WORDS = {
    "en": {"in": "In stock", "few": "Only a few left", "out": "Sold out", "tax": "incl. VAT", "all": "All goods"},
    "de": {
        "in": "Auf Lager",
        "few": "Nur noch wenige",
        "out": "Ausverkauft",
        "tax": "inkl. MwSt.",
        "all": "Alle Artikel",
    },
}
STYLE = """
body{margin:0;font:16px/1.5 system-ui,sans-serif;color:#1f2933;background:#f7f6f2}
header,main{max-width:64rem;margin:auto;padding:1rem}header a{margin-right:1rem;color:inherit}
.brand{font-weight:700;font-size:1.25rem;text-decoration:none}h1{margin:.2rem 0}img{width:100%;border-radius:10px}
.shelf{display:grid;grid-template-columns:repeat(auto-fill,minmax(11rem,1fr));gap:1rem}
.in2{grid-template-columns:repeat(2,1fr)}.in4{grid-template-columns:repeat(auto-fill,minmax(9rem,1fr))}
.card{color:inherit;text-decoration:none}.goods{display:grid;grid-template-columns:repeat(auto-fit,minmax(17rem,1fr));gap:2rem}
.price{font-size:1.5rem;font-weight:600}s{color:#5c6670;font-weight:400;font-size:1rem}small{color:#5c6670}
"""


@routes.get("/style.css")
async def style(request: web.Request) -> web.Response:
    return web.Response(text=STYLE, content_type="text/css")


@routes.get("/img/{sku}.svg")
async def picture(request: web.Request) -> web.Response:
    _, variant = _goods(request)
    text = draw(picture=variant.picture, colour=variant.colour, title=variant.title["en"])
    headers = {"Content-Security-Policy": "default-src 'none'", "Cache-Control": "max-age=3600"}
    return web.Response(text=text, content_type="image/svg+xml", headers=headers)


@routes.get("/")
async def shelf(request: web.Request) -> web.Response:
    shop, site, locale = request.app[SHOP], *_seen_by(request)
    parts = [_collection(shop, each, site, locale) for each in collections(shop.range)]
    return _page(BRAND, "".join(parts), site=site, locale=locale, path="/")


def _collection(shop: Shop, shelf: Collection, site: str, locale: str) -> str:
    """Its hero before all, then the products in their order; those an order leaves out come last."""
    layout = _object(shop, shelf.key, "layout", site)
    ranks = {slug: rank for rank, slug in enumerate(_object(shop, shelf.key, "order", site)["products"])}
    variants = [one for one in shop.range.variants if one.segment == shelf.segment]
    shown = sorted(variants, key=lambda one: (one.product != layout["hero"], ranks.get(one.product, len(ranks))))
    cards = "".join(
        f'<a class="card" href="/p/{one.sku}?site={site}"><img src="/img/{one.sku}.svg" alt="">'
        f"{escape(one.title[locale])}<br>{_price(shop, one, site)[0]}</a>"
        for one in shown
    )
    return f'<h2>{escape(shelf.title)}</h2><div class="shelf in{layout["columns"]}">{cards}</div>'


@routes.get("/p/{sku}")
async def goods_page(request: web.Request) -> web.Response:
    shop, (site, locale) = request.app[SHOP], _seen_by(request)
    product, variant = _goods(request)
    title = _text(shop, product.slug, "title", locale)
    teaser = _teaser(shop, product.slug, site, locale)
    option = variant.title[locale].partition(", ")[2]
    paid_now, before = _price(shop, variant, site)
    crossed = f" <s>{before}</s>" if before else ""
    body = (
        f'<div class="goods"><img src="/img/{variant.sku}.svg" alt=""><div>'
        f"<h1>{escape(title)}</h1><p>{escape(option)} · <small>{variant.sku}</small></p>"
        f"<p>{escape(teaser)}</p>"
        f'<p class="price">{paid_now}{crossed} <small>{WORDS[locale]["tax"]}</small></p>'
        f"<p>{WORDS[locale][_stock(shop, variant, site)]}</p>"
        f"<p>{escape(_text(shop, product.slug, 'description', locale))}</p></div></div>"
    )
    return _page(f"{title} – {BRAND}", body, site=site, locale=locale, path=f"/p/{variant.sku}")


def _goods(request: web.Request) -> tuple[Product, Variant]:
    sku, range_ = request.match_info["sku"], request.app[SHOP].range
    variant = next((one for one in range_.variants if one.sku == sku), None)
    if variant is None:
        raise Problem(404, "not_found", "The shop sells no such thing.")
    return next(one for one in range_.products if one.slug == variant.product), variant


def _seen_by(request: web.Request) -> tuple[str, str]:
    site = request.query.get("site", "web-de")
    if site not in SITE:
        raise Problem(404, "not_found", "There is no such site.")
    locale = request.query.get("locale", SITE[site].locales[0])
    return site, locale if locale in WORDS else "en"


def _text(shop: Shop, slug: str, field: str, locale: str) -> str:
    held = shop.values.find(Spot("product", slug, field, key({"locale": locale})))
    return str(held.value) if held else ""


def _teaser(shop: Shop, slug: str, site: str, locale: str) -> str:
    held = shop.values.find(Spot("product", slug, "short_description", key({"channel": site, "locale": locale})))
    return str(held.value) if held else ""


def _object(shop: Shop, collection: str, field: str, site: str) -> dict[str, Json]:
    held = shop.values.find(Spot("collection", collection, field, key({"channel": site})))
    assert held is not None
    found: dict[str, Json] = held.value
    return found


def _price(shop: Shop, variant: Variant, site: str) -> tuple[str, str]:
    """What is paid now, and the list price where that is more."""
    held = shop.values.find(price_spot(variant.sku, site))
    assert held is not None
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    amount, code = paid(held.value["amount"], sku=variant.sku, channel=site, at=at, offers=offers(shop.storage))
    return _money(amount, site), _money(held.value["amount"], site) if code else ""


def _money(amount: int, site: str) -> str:
    return SIGNS[SITE[site].currency].format(f"{amount // 100}.{amount % 100:02d}")


def _stock(shop: Shop, variant: Variant, site: str) -> str:
    held = [
        shop.values.find(Spot("stock", variant.sku, "on_hand", key({"location": place})))
        for place in SITE[site].ships_from
    ]
    left = sum(one.value for one in held if one)
    return "in" if left > 5 else "few" if left else "out"


def _page(title: str, body: str, *, site: str, locale: str, path: str) -> web.Response:
    links = " ".join(f'<a href="{path}?site={one.key}">{escape(one.name)}</a>' for one in SITES)
    text = (
        f'<!doctype html><html lang="{locale}"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/style.css"></head><body>'
        f'<header><a class="brand" href="/?site={site}">{escape(BRAND)}</a> '
        f'<a href="/?site={site}">{WORDS[locale]["all"]}</a> {links}</header><main>{body}</main></body></html>'
    )
    return web.Response(text=text, content_type="text/html", headers=HEADERS)
