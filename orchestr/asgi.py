"""Composition of the web process: pages and API over HTTP, the live socket, one notifier."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orchestr.settings")
http = get_asgi_application()

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from django.urls import path

from reviews.live import LiveConsumer, SameOrigin

live = LiveConsumer.as_asgi()  # type: ignore[no-untyped-call]
application = ProtocolTypeRouter(
    {
        "http": http,
        "websocket": SameOrigin(AuthMiddlewareStack(URLRouter([path("ws/live/", live)]))),
    }
)
