"""What people on call do, by its addresses; runs and notices stand beside it."""

from django.urls import path

from reviews import executions, freezing, incidents, notices, revert, runs, settle
from reviews.oncall import board
from reviews.reverting import many, orders, progress

oncall_patterns = [
    path("oncall/", board.board, name="oncall"),
    path("oncall/cards/", board.cards, name="oncall_cards"),
    path("oncall/recent/", board.recent, name="oncall_recent"),
    path("oncall/frozen/", board.frozen, name="oncall_frozen"),
    path("reviews/<uuid:proposal_id>/revert/", revert.revert, name="revert"),
    path("reviews/<uuid:proposal_id>/revert/orders/", orders.orders, name="revert_orders"),
    path("reviews/<uuid:proposal_id>/contain/", revert.contain, name="contain"),
    path("oncall/revert/", many.many, name="revert_many"),
    path("oncall/revert/orders/", orders.many_orders, name="revert_many_orders"),
    path("oncall/revert/orders.csv", orders.orders_csv, name="revert_orders_csv"),
    path("reverts/<uuid:revert_id>/", progress.progress, name="revert_progress"),
    path("reverts/<uuid:revert_id>/items/", progress.items, name="revert_items"),
    path("executions/<uuid:execution_id>/again/", progress.again, name="propose_again"),
    path("executions/<uuid:execution_id>/", executions.execution, name="execution"),
    path("executions/<uuid:execution_id>/items/", executions.items, name="execution_items"),
    path("executions/items/<uuid:item_id>/settle/", settle.settle, name="settle"),
    path("incidents/<uuid:incident_id>/", incidents.incident, name="incident"),
    path("incidents/<uuid:incident_id>/course/", incidents.course, name="incident_course"),
    path("incidents/<uuid:incident_id>/acknowledge/", incidents.acknowledge_door, name="acknowledge"),
    path("incidents/<uuid:incident_id>/review/", incidents.review_door, name="review"),
    path("freezes/", freezing.set_freeze, name="freeze"),
    path("freezes/<uuid:freeze_id>/thaw/", freezing.ask_thaw, name="thaw"),
    path("freezes/thaw/<uuid:change_id>/confirm/", freezing.confirm_thaw, name="thaw_confirm"),
    path("freezes/thaw/<uuid:change_id>/reject/", freezing.reject_thaw, name="thaw_reject"),
    path("runs/", runs.runs, name="runs"),
    path("runs/<uuid:run_id>/", runs.run, name="run"),
    path("runs/<uuid:run_id>/course/", runs.course, name="run_course"),
    path("notices/read/", notices.read, name="notices_read"),
]
