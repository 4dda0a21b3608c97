"""The agents' door by its addresses."""

from django.urls import path

from orchestr.api.api import api
from orchestr.api.hooks import hook
from orchestr.api.reference import reference

urlpatterns = [
    path("api/v1/docs", reference, name="api-docs"),
    path("api/v1/hooks/<slug:system>", hook, name="hook"),
    path("api/v1/", api.urls),
]
