"""The catalogue as people see it."""

from django.urls import path

from reviews.catalogue import commitments, listing, picture, sku

app_name = "catalogue"

urlpatterns = [
    path("catalogue/", listing.catalogue, name="list"),
    path("commitments/", commitments.set_one, name="commit"),
    path("commitments/<uuid:commitment_id>/lift/", commitments.lift_one, name="lift"),
    # A business key may hold a slash.
    path("catalogue/<path:key>/", sku.resource, name="resource"),
    path("pictures/<uuid:resource_id>/", picture.picture, name="picture"),
]
