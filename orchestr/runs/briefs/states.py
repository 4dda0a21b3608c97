"""The chart of a campaign's brief. `declined` and `ended` are final."""

from django.db.models import TextChoices

from orchestr.chart import Arrow, Chart


class BriefState(TextChoices):
    ASKED = "asked"
    APPROVED = "approved"
    DECLINED = "declined"
    ENDED = "ended"


_S = BriefState

BRIEF_CHART = Chart(
    "brief",
    BriefState,
    Arrow("ask", None, _S.ASKED),
    Arrow("approve", _S.ASKED, _S.APPROVED),
    Arrow("decline", _S.ASKED, _S.DECLINED),
    Arrow("end", _S.APPROVED, _S.ENDED),
)
