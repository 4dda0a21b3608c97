"""Composition: every door by its address."""

from django.urls import include, path

from orchestr import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("audit/", include("audit.urls")),
    path("", include("orchestr.api.urls")),
    path("", include("reviews.urls")),
]
handler404 = "reviews.problems.not_found"
handler403 = "reviews.problems.forbidden"
handler500 = "reviews.problems.broken"
