"""The agents' door by its addresses."""

from django.urls import URLPattern, path, re_path

from orchestr.api.api import api
from orchestr.api.elsewhere import told_by_problem, unknown
from orchestr.api.hooks import hook
from orchestr.api.reference import reference

operations, app, namespace = api.urls
for each in operations:
    if isinstance(each, URLPattern) and each.callback is not None:
        # Its root is a name that the document is made from, and no address of anything.
        each.callback = unknown if each.name == "api-root" else told_by_problem(each.callback)

urlpatterns = [
    path("api/v1/docs", reference, name="api-docs"),
    path("api/v1/hooks/<slug:system>", told_by_problem(hook), name="hook"),
    path("api/v1/", (operations, app, namespace)),
    re_path(r"^api/v1(?:/.*)?$", unknown, name="api-unknown"),
]
