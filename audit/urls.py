"""Addresses of the explorer."""

from django.urls import path

from audit.views import as_of, event, exceptions, explorer, export, exports, log, row_changes, sample, then, tree

app_name = "audit"

urlpatterns = [
    path("", explorer.explorer, name="explorer"),
    path("as-of/", as_of.as_of, name="as_of"),
    path("events/<uuid:event_id>/", event.event, name="event"),
    path("events/<uuid:event_id>/proof/", event.proof, name="proof"),
    path("events/<uuid:event_id>/proposal/", then.then, name="then"),
    path("checkpoint/", log.checkpoint, name="checkpoint"),
    path("consistency/<int:old>/<int:size>/", log.consistency, name="consistency"),
    path("rows/", row_changes.row_changes, name="row_changes"),
    path("rows/<uuid:discrepancy_id>/acknowledge/", row_changes.acknowledge, name="acknowledge"),
    path("exceptions/", exceptions.exceptions, name="exceptions"),
    path("export/", export.export, name="export"),
    path("exports/", exports.exports, name="exports"),
    path("exports/<uuid:export_id>/", exports.course, name="export_course"),
    path("exports/<uuid:export_id>/download/", exports.download, name="export_download"),
    path("sample/", sample.sample, name="sample"),
    path("sample/<uuid:event_id>/", sample.drawn, name="drawn"),
    path("tree/<slug:kind>/<uuid:thing_id>/", tree.tree, name="tree"),
]
