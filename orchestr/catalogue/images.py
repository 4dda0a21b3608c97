"""Pictures of resources, fetched from the system that named them: pages load nothing from elsewhere."""

from orchestr.catalogue.models import Resource, System
from orchestr.catalogue.systems import config_of, declaration_of, outside_transaction, reading
from orchestr.connectors.base import ConnectorError, Image
from orchestr.refusal import Kind, Refusal, absent

# What a browser shows as a picture. An SVG can carry script: the door that serves it forbids all script.
SHOWN = frozenset({"image/png", "image/jpeg", "image/webp", "image/gif", "image/avif", "image/svg+xml"})
LARGEST = 4 * 1024 * 1024


def picture_of(resource: Resource) -> Image:
    """The picture of a resource, from whichever of its systems serves it. Runs in no transaction.

    Raises Refusal: absent where there is none or it is no picture; 503 while no system answers.
    """
    outside_transaction()
    if not resource.image:
        raise absent("picture")
    down = False
    for system in System.objects.filter(resources__resource=resource, enabled=True).order_by("key"):
        try:
            if "images" not in declaration_of(system).capabilities:
                continue
            with reading(config_of(system)) as session:
                found = session.image(resource.image)
        except ConnectorError:
            down = True
            continue
        if found.content_type.partition(";")[0].strip() in SHOWN and len(found.body) <= LARGEST:
            return found
    if down:
        raise Refusal(
            Kind.UNAVAILABLE, "system_unavailable", "The picture cannot be fetched now.", next="Try again in a minute."
        )
    raise absent("picture")
