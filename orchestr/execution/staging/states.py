"""The chart of an item's staged value, beside the item's own: buyers see nothing of it."""

from django.db.models import TextChoices

from orchestr.chart import Arrow, Chart


class StagingState(TextChoices):
    """`none`: not staged, or not any more. `intended`: about to be, and perhaps it is. `staged`: seen there."""

    NONE = ""
    INTENDED = "intended"
    STAGED = "staged"
    CLEARED = "cleared"


_S = StagingState

STAGING_CHART = Chart(
    "staged value",
    StagingState,
    Arrow("plan", None, _S.NONE),
    Arrow("stage", _S.NONE, _S.INTENDED),
    Arrow("stage", _S.INTENDED, _S.INTENDED),  # it can no longer have landed: sent again
    Arrow("release", _S.INTENDED, _S.NONE),  # certain that nothing was sent
    Arrow("see", _S.INTENDED, _S.STAGED),
    Arrow("clear", _S.INTENDED, _S.CLEARED),  # the set has failed: it is as it was before, or somebody else's
    Arrow("clear", _S.STAGED, _S.CLEARED),
)
