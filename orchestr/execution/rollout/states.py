"""The chart of a rollout."""

from django.db.models import TextChoices

from orchestr.chart import Arrow, Chart


class RolloutState(TextChoices):
    """`first`: its share is being written. `holding`: it is looked at. `asking`: the numbers do not say enough."""

    FIRST = "first"
    HOLDING = "holding"
    ASKING = "asking"
    WENT_ON = "went_on"
    PUT_BACK = "put_back"
    ENDED = "ended"


_S = RolloutState

OPEN = (_S.FIRST, _S.HOLDING, _S.ASKING)
WAITING = (_S.HOLDING, _S.ASKING)

ROLLOUT_CHART = Chart(
    "rollout",
    RolloutState,
    Arrow("begin", None, _S.FIRST),
    Arrow("hold", _S.FIRST, _S.HOLDING),
    Arrow("put_back", _S.FIRST, _S.PUT_BACK),  # too many of the first could not be written
    Arrow("ask", _S.HOLDING, _S.ASKING),
    Arrow("hold_longer", _S.HOLDING, _S.HOLDING),
    Arrow("hold_longer", _S.ASKING, _S.HOLDING),
    Arrow("go_on", _S.HOLDING, _S.WENT_ON),
    Arrow("go_on", _S.ASKING, _S.WENT_ON),
    Arrow("put_back", _S.HOLDING, _S.PUT_BACK),
    Arrow("put_back", _S.ASKING, _S.PUT_BACK),
    Arrow("end", _S.FIRST, _S.ENDED),  # its execution has ended: reverted, contained, or nothing was left to write
    Arrow("end", _S.HOLDING, _S.ENDED),
    Arrow("end", _S.ASKING, _S.ENDED),
)
