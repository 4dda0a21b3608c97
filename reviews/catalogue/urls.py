"""The catalogue as people see it."""

from django.urls import path

from reviews.catalogue import listing, picture, sku

app_name = "catalogue"

urlpatterns = [
    path("catalogue/", listing.catalogue, name="list"),
    # A business key may hold a slash.
    path("catalogue/<path:key>/", sku.resource, name="resource"),
    path("pictures/<uuid:resource_id>/", picture.picture, name="picture"),
]
