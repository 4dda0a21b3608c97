"""One address."""

from django.urls import path

from bench.bare.views import healthz, propose

urlpatterns = [path("healthz", healthz), path("api/v1/runs/<uuid:run_id>/proposals", propose)]
