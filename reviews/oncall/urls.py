"""What people on call do, by its addresses; runs and notices stand beside it."""

from django.urls import path

from reviews import contain, executions, freezing, notices, revert, settle
from reviews.incident import page as incident_page
from reviews.incident import report
from reviews.oncall import board, breakers
from reviews.paging import again, answer
from reviews.reverting import many, orders, progress
from reviews.rota import doors as rota_doors
from reviews.rota import page as rota
from reviews.runs import page as runs

oncall_patterns = [
    path("oncall/", board.board, name="oncall"),
    path("oncall/cards/", board.cards, name="oncall_cards"),
    path("oncall/recent/", board.recent, name="oncall_recent"),
    path("oncall/calling/", board.calling, name="oncall_calling"),
    path("oncall/calls/<uuid:delivery_id>/again/", again.try_again_door, name="try_again"),
    path("oncall/calls/<uuid:delivery_id>/webhook/", again.try_webhook_door, name="try_webhook_again"),
    path("oncall/calling/<uuid:page_id>/take/", again.take_door, name="take_call"),
    path("oncall/breakers/", breakers.breakers, name="breakers"),
    path("oncall/breakers/set/", breakers.set_door, name="breaker_set"),
    path("oncall/breakers/<uuid:change_id>/confirm/", breakers.confirm_door, name="breaker_confirm"),
    path("oncall/breakers/<uuid:change_id>/reject/", breakers.reject_door, name="breaker_reject"),
    path("oncall/rota/", rota.rota, name="rota"),
    path("oncall/rota/shifts/", rota_doors.set_shift, name="shift_set"),
    path("oncall/rota/shifts/<uuid:shift_id>/remove/", rota_doors.remove, name="shift_remove"),
    path("oncall/rota/calendars/", rota_doors.add, name="feed_add"),
    path("oncall/rota/calendars/<uuid:feed_id>/file/", rota_doors.take_file, name="feed_upload"),
    path("oncall/rota/calendars/<uuid:feed_id>/remove/", rota_doors.remove_calendar, name="feed_remove"),
    path("oncall/frozen/", board.frozen, name="oncall_frozen"),
    path("reviews/<uuid:proposal_id>/revert/", revert.revert, name="revert"),
    path("reviews/<uuid:proposal_id>/revert/orders/", orders.orders, name="revert_orders"),
    path("reviews/<uuid:proposal_id>/contain/", contain.contain, name="contain"),
    path("oncall/revert/", many.many, name="revert_many"),
    path("oncall/revert/orders/", orders.many_orders, name="revert_many_orders"),
    path("oncall/revert/orders.csv", orders.orders_csv, name="revert_orders_csv"),
    path("reverts/<uuid:revert_id>/", progress.progress, name="revert_progress"),
    path("reverts/<uuid:revert_id>/items/", progress.items, name="revert_items"),
    path("executions/<uuid:execution_id>/again/", progress.again, name="propose_again"),
    path("executions/<uuid:execution_id>/", executions.execution, name="execution"),
    path("executions/<uuid:execution_id>/items/", executions.items, name="execution_items"),
    path("executions/<uuid:execution_id>/items.csv", executions.items_csv, name="execution_csv"),
    path("executions/items/<uuid:item_id>/settle/", settle.settle, name="settle"),
    path("incidents/<uuid:incident_id>/", incident_page.incident, name="incident"),
    path("incidents/<uuid:incident_id>/course/", incident_page.course, name="incident_course"),
    path("incidents/<uuid:incident_id>/report/", report.report, name="incident_report"),
    path("incidents/<uuid:incident_id>/acknowledge/", incident_page.acknowledge_door, name="acknowledge"),
    path("incidents/<uuid:incident_id>/review/", incident_page.review_door, name="review"),
    path("incidents/<uuid:incident_id>/close/", incident_page.close_door, name="close"),
    path("freezes/", freezing.set_freeze, name="freeze"),
    path("freezes/<uuid:freeze_id>/thaw/", freezing.ask_thaw, name="thaw"),
    path("freezes/thaw/<uuid:change_id>/confirm/", freezing.confirm_thaw, name="thaw_confirm"),
    path("freezes/thaw/<uuid:change_id>/reject/", freezing.reject_thaw, name="thaw_reject"),
    path("pages/answer/", answer.answer_door, name="answer"),
    path("runs/", runs.runs, name="runs"),
    path("runs/<uuid:run_id>/", runs.run, name="run"),
    path("runs/<uuid:run_id>/course/", runs.course, name="run_course"),
    path("notices/read/", notices.read, name="notices_read"),
]
