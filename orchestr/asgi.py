"""Composition of the web process: pages and API over HTTP, the live socket, one notifier."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orchestr.settings")
pages = get_asgi_application()

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from django.urls import path, re_path

from orchestr.api.asgi import door
from reviews.live import LiveConsumer, SameOrigin

http = URLRouter([re_path(r"^api/v1/(?!docs)", door), re_path(r"", pages)])
live = LiveConsumer.as_asgi()  # type: ignore[no-untyped-call]
application = ProtocolTypeRouter(
    {
        "http": http,
        "websocket": SameOrigin(AuthMiddlewareStack(URLRouter([path("ws/live/", live)]))),
    }
)
