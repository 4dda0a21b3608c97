"""Addresses of the explorer."""

from django.urls import path

from audit.views import explorer, log, row_changes

app_name = "audit"

urlpatterns = [
    path("", explorer.explorer, name="explorer"),
    path("events/<uuid:event_id>/", explorer.event, name="event"),
    path("checkpoint/", log.checkpoint, name="checkpoint"),
    path("consistency/<int:old>/<int:size>/", log.consistency, name="consistency"),
    path("rows/", row_changes.row_changes, name="row_changes"),
    path("export/", explorer.export, name="export"),
]
