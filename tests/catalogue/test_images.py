"""Pictures come through us, from the system that serves them, and only pictures."""

import pytest
import shelf

from orchestr.catalogue.images import LARGEST, picture_of
from orchestr.catalogue.models import Resource
from orchestr.connectors.base import Image, SystemUnavailable
from orchestr.refusal import Refusal
from tests import make


@pytest.fixture
def jacket(house: make.House) -> Resource:
    house.jacket.image = "http://127.0.0.1:9/jacket.png"
    house.jacket.save()
    return house.jacket


def serve(monkeypatch: pytest.MonkeyPatch, image: Image | Exception) -> None:
    def answer(self: shelf.ShelfSession, url: str) -> Image:
        if isinstance(image, Exception):
            raise image
        return image

    monkeypatch.setattr(shelf.ShelfSession, "image", answer)


def refusal(resource: Resource) -> tuple[int, str]:
    with pytest.raises(Refusal) as caught:
        picture_of(resource)
    return caught.value.status, caught.value.code


def test_the_shop_serves_it(jacket: Resource, monkeypatch: pytest.MonkeyPatch) -> None:
    serve(monkeypatch, Image(content_type="image/png", body=b"png"))
    assert picture_of(jacket).body == b"png"


@pytest.mark.parametrize(
    "image",
    [
        Image(content_type="text/html", body=b"<script>"),
        Image(content_type="image/png", body=b"x" * (LARGEST + 1)),
    ],
)
def test_what_is_no_picture_is_not_shown(jacket: Resource, monkeypatch: pytest.MonkeyPatch, image: Image) -> None:
    serve(monkeypatch, image)
    assert refusal(jacket) == (404, "not_found")


def test_a_shop_that_is_down_is_said_so(jacket: Resource, monkeypatch: pytest.MonkeyPatch) -> None:
    serve(monkeypatch, SystemUnavailable("down", "The shop is down."))
    assert refusal(jacket) == (503, "system_unavailable")


def test_a_resource_without_one_has_none_and_nobody_is_asked(house: make.House) -> None:
    assert refusal(house.tent) == (404, "not_found")
    assert shelf.SHELVES["shop"].calls == {}
