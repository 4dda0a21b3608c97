"""The people's side by its addresses."""

from django.urls import include, path

from reviews import bulk, claims, comments, decisions, home, looks, sign_in, snoozes
from reviews.arbitration import pages as arbitration
from reviews.briefs import pages as briefs
from reviews.drills import pages as drills
from reviews.oncall.urls import oncall_patterns
from reviews.proposal import drifts
from reviews.proposal import page as proposal
from reviews.proposal.large.file import changes_csv
from reviews.proposing import page as proposing
from reviews.queue import page as queue
from reviews.rollout import doors as rollout

# The queue and its proposals.
review_patterns = [
    path("", home.home, name="home"),
    path("looked/", home.looked_home, name="looked_home"),
    path("reviews/", queue.queue, name="queue"),
    path("reviews/bulk/", bulk.bulk, name="bulk"),
    path("reviews/<uuid:proposal_id>/", proposal.proposal, name="proposal"),
    path("reviews/<uuid:proposal_id>/row/", queue.row, name="row"),
    path("reviews/<uuid:proposal_id>/decision/", proposal.rail, name="rail"),
    path("reviews/<uuid:proposal_id>/course/", proposal.course, name="course"),
    path("reviews/<uuid:proposal_id>/changes/", proposal.changes, name="changes"),
    path("reviews/<uuid:proposal_id>/changes.csv", changes_csv, name="changes_csv"),
    path("reviews/<uuid:proposal_id>/why/", proposal.why, name="why"),
    path("reviews/<uuid:proposal_id>/approve/", decisions.approve_door, name="approve"),
    path("reviews/<uuid:proposal_id>/block/", decisions.block_door, name="block"),
    path("reviews/<uuid:proposal_id>/request-changes/", decisions.request_changes_door, name="request_changes"),
    path("reviews/<uuid:proposal_id>/take-back/", decisions.take_back_door, name="take_back"),
    path("reviews/<uuid:proposal_id>/narrow/", decisions.narrow_door, name="narrow"),
    path("reviews/<uuid:proposal_id>/claim/", claims.claim, name="claim"),
    path("reviews/<uuid:proposal_id>/release/", claims.release, name="release"),
    path("reviews/<uuid:proposal_id>/snooze/", snoozes.snooze_door, name="snooze"),
    path("reviews/<uuid:proposal_id>/wake/", snoozes.wake_door, name="unsnooze"),
    path("reviews/<uuid:proposal_id>/comment/", comments.comment_door, name="comment"),
    path("reviews/<uuid:proposal_id>/drift/seen/", drifts.seen, name="drift_seen"),
    path("reviews/<uuid:proposal_id>/rollout/go-on/", rollout.go_on, name="rollout_go_on"),
    path("reviews/<uuid:proposal_id>/rollout/put-back/", rollout.put_back, name="rollout_put_back"),
    path("reviews/<uuid:proposal_id>/rollout/longer/", rollout.longer, name="rollout_longer"),
    path("reviews/<uuid:proposal_id>/looked/", looks.looked, name="looked"),
]
# Work that is held together, and campaigns.
choice_patterns = [
    path("arbitrations/", arbitration.arbitrations, name="arbitrations"),
    path("arbitrations/<uuid:arbitration_id>/", arbitration.arbitration, name="arbitration"),
    path("arbitrations/<uuid:arbitration_id>/choose/", arbitration.choice, name="arbitrate"),
    path("briefs/", briefs.briefs, name="briefs"),
    path("briefs/ask/", briefs.add, name="brief_add"),
    path("briefs/<uuid:brief_id>/", briefs.brief, name="brief"),
    path("briefs/<uuid:brief_id>/approve/", briefs.approve, name="brief_approve"),
    path("briefs/<uuid:brief_id>/decline/", briefs.decline, name="brief_decline"),
    path("briefs/<uuid:brief_id>/end/", briefs.end, name="brief_end"),
]
# Rehearsed failures.
drill_patterns = [
    path("drills/", drills.drills, name="drills"),
    path("drills/start/", drills.start, name="drill_start"),
    path("drills/<uuid:drill_id>/", drills.drill, name="drill"),
    path("drills/<uuid:drill_id>/end/", drills.end, name="drill_end"),
]
# Where people write what they propose.
proposing_patterns = [
    path("propose/", proposing.propose, name="propose"),
    path("propose/<uuid:unsent_id>/", proposing.sheet, name="propose_sheet"),
    path("propose/<uuid:unsent_id>/act/", proposing.act, name="propose_act"),
    path("propose/<uuid:unsent_id>/discard/", proposing.discard, name="propose_discard"),
]

urlpatterns = [
    path("login/", sign_in.sign_in, name="login"),
    path("logout/", sign_in.sign_out, name="logout"),
    path(
        "",
        include(
            ([*review_patterns, *choice_patterns, *drill_patterns, *proposing_patterns, *oncall_patterns], "reviews")
        ),
    ),
    path("", include("reviews.admin.urls")),
    path("", include("reviews.catalogue.urls")),
    path("", include("reviews.insight.urls")),
]
