"""A stand-in for Replicon's web services on loopback: `python -m simulators.replicon --port N`.

It speaks what the vendor's pages and public clients show: tenant discovery, Basic and Bearer credentials, success as
`{"d": ...}`, refusals as `{"error": ...}` or as errors inside an answer of status 200. What no public page tells is a
switch. All state is in memory; ids and times are deterministic.

Switches (the default first), set by `POST /_control/switches {"name": value}`:

    not_found_style        empty_list | null_details | error400   BulkGetUsers3 for a user that is not there
    duplicate_style        d_errors | http_400                     how a login that is taken is refused
    root_url_style         host_with_company | host                what discovery answers
    omit_user_on_modify    false | true                            a modification answers without `d.user`
    auth_failure_body      html | json                             the body of a 401
    timeout_after_write    0 | n                                   the next n writes take effect and get no answer
    timeout_after_write_seconds  0 | s                             how long they are kept waiting before the cut
    login_case_sensitive   false | true                            look-up and uniqueness of logins
    silently_ignore        [] | ["firstName", ...]                 modifications that succeed and change nothing
    display_name_style     family_given | given_family | as_sent   what `displayText` shows
    latency_ms             0 | ms                                  before each answer
    rate_limit             0 | n                                   calls in a minute before 429
    users_with_data        [] | ["uri", ...]                       users that cannot be deleted

Control, JSON, without credentials:

    POST   /_control/reset                 everything as at the start
    POST   /_control/seed                  {"users": [{"loginName": ..., "firstName": ..., ...}]} or {"count": n}
    GET    /_control/state                 {"users": [...], "count": n, "enabled": n}
    GET    /_control/switches              POST {"name": value} changes them; 400 names what is allowed
    POST   /_control/inject                {"operation": name or "*", "status", "body", "headers", "delay" (seconds),
                                           "times", "after_effect", "cut", "truncate"}; several queue up
    GET    /_control/requests              what was asked since the start, passwords left out; ?operation=NAME
    DELETE /_control/requests              forget it
    GET    /_control/counts                {operation: calls}
    POST   /_control/edit                  {"uri" or "loginName": ..., "set": {...}}: a change behind the gateway's back
    POST   /_control/remove                {"uri": ...}
"""

from simulators.replicon.server import Simulator, running

__all__ = ["Simulator", "running"]
