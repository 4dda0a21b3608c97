"""What is set up, and by whom: agents, scopes, workflows, control changes, people, policy, connectors."""

from django.urls import path

from reviews.admin import agents, connectors, controls, people, policy, scopes, workflows

app_name = "admin"

urlpatterns = [
    path("agents/", agents.agents, name="agents"),
    path("agents/register/", agents.register, name="register"),
    path("agents/<slug:key>/", agents.agent, name="agent"),
    path("agents/<slug:key>/tokens/", agents.issue, name="issue"),
    path("agents/<slug:key>/tokens/<uuid:token_id>/revoke/", agents.revoke, name="revoke_token"),
    path("agents/<slug:key>/retire/", agents.retire, name="retire"),
    path("tools/", scopes.tools, name="tools"),
    path("tools/<slug:key>/<uuid:tool_id>/", scopes.scope, name="scope"),
    path("tools/<slug:key>/<uuid:tool_id>/revoke/", scopes.revoke, name="revoke_scope"),
    path("workflows/", workflows.workflows, name="workflows"),
    path("workflows/define/", workflows.define, name="define_workflow"),
    path("workflows/<slug:key>/", workflows.workflow, name="workflow"),
    path("workflows/<slug:key>/change/", workflows.change, name="change_workflow"),
    path("workflows/<slug:key>/stage/", workflows.stage, name="stage"),
    path("workflows/<slug:key>/switch/", workflows.switch, name="switch_workflow"),
    path("controls/", controls.controls, name="controls"),
    path("controls/<uuid:change_id>/confirm/", controls.confirm, name="confirm"),
    path("controls/<uuid:change_id>/reject/", controls.reject, name="reject"),
    path("people/", people.people, name="people"),
    path("people/<uuid:account_id>/", people.account, name="account"),
    path("people/<uuid:account_id>/rights/", people.ask_right, name="ask_right"),
    path("people/<uuid:account_id>/rights/take/", people.lose_right, name="take_right"),
    path("people/<uuid:account_id>/functions/", people.ask_function, name="ask_function"),
    path("people/<uuid:account_id>/functions/take/", people.lose_function, name="take_function"),
    path("policy/", policy.policy, name="policy"),
    path("policy/draft/", policy.draft, name="draft_policy"),
    path("policy/<int:number>/", policy.version, name="policy_version"),
    path("policy/<int:number>/publish/", policy.publish, name="publish_policy"),
    path("connectors/", connectors.connectors, name="connectors"),
]
