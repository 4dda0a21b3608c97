"""Composition of the web process: pages and API over HTTP, the live socket, one notifier."""

import os
from typing import Any

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orchestr.settings")
pages = get_asgi_application()

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from django.urls import path, re_path

from orchestr.api.asgi import door
from orchestr.api.mcp.asgi import mcp
from orchestr.garbage import settle_in
from reviews.live import LiveConsumer, SameOrigin

routes: Any = [(r"^api/v1/(?!docs)", door), (r"^mcp/?$", mcp), (r"", pages)]
http = URLRouter([re_path(route, application) for route, application in routes])
live = LiveConsumer.as_asgi()  # type: ignore[no-untyped-call]
application = ProtocolTypeRouter(
    {
        "http": http,
        "websocket": SameOrigin(AuthMiddlewareStack(URLRouter([path("ws/live/", live)]))),
    }
)
settle_in()
