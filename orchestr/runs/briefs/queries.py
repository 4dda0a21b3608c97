"""Which campaign briefs somebody may see: said once for pages, the agents' door and what decides."""

from typing import TYPE_CHECKING

from django.db import models

from orchestr.people.eligibility import segments_with

if TYPE_CHECKING:
    from orchestr.people.models import Account
    from orchestr.runs.briefs.models import Brief  # noqa: F401


class BriefQuerySet(models.QuerySet["Brief"]):
    def visible_to(self, account: "Account") -> "BriefQuerySet":
        """Those of which the account sees every segment."""
        through = self.model.segments.through.objects
        hidden = through.exclude(segment_id__in=segments_with(account, "view_segment"))
        return self.exclude(pk__in=hidden.values("brief_id"))
