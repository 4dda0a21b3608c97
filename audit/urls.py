"""Addresses of the explorer."""

from django.urls import path

from audit.views import explorer

app_name = "audit"

urlpatterns = [
    path("", explorer.explorer, name="explorer"),
    path("events/<uuid:event_id>/", explorer.event, name="event"),
    path("export/", explorer.export, name="export"),
]
