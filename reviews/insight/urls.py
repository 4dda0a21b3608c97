"""How it goes, in figures."""

from django.urls import path

from reviews.insight import pages

app_name = "insight"

urlpatterns = [
    path("insight/", pages.insight, name="insight"),
    path("insight/proposals/", pages.proposals, name="proposals"),
    path("insight/outcomes/", pages.outcomes, name="outcomes"),
]
