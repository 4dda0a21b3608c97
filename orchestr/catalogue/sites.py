"""The sites there are, and where systems keep stock."""

from collections.abc import Mapping, Sequence

from orchestr.catalogue.models import Site, System
from orchestr.generation import kept


@kept
def sites() -> Mapping[str, Site]:
    """Every site by its key."""
    return {site.key: site for site in Site.objects.all()}


@kept
def locations() -> Mapping[str, Sequence[str]]:
    """The stock locations that each system's settings name, by the system's key; those that name none are left out."""
    settings = System.objects.values_list("key", "settings")
    return {key: each["locations"] for key, each in settings if each.get("locations")}
