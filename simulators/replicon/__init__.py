"""A stand-in for Replicon's web services on loopback: `python -m simulators.replicon --port N`.

It speaks what the vendor's pages and public clients show, the operations in `operations.py`: tenant discovery, Basic
and Bearer credentials, success as `{"d": ...}`, refusals as `{"error": ...}` or as errors inside an answer of
status 200. What no public page tells is a switch. All state is in memory; ids are deterministic.
`with running() as simulator:` serves inside this process.

Switches (the default first), set by `POST /_control/switches {"name": value}`:

    not_found_style        empty_list | null_details | error400   BulkGetUsers3 for a user that is not there
    duplicate_style        d_errors | http_400                     how a login or employee id that is taken is refused
    root_url_style         host_with_company | host                what discovery answers
    omit_user_on_modify    false | true                            a modification answers without `d.user`
    auth_failure_body      html | json                             the body of a 401
    login_case_sensitive   false | true                            look-up and uniqueness of logins
    silently_ignore        [] | ["firstName", ...]                 fields that modifications leave alone and succeed
    display_name_style     family_given | given_family | as_sent   what `displayText` shows
    empty_schedule         leaves_alone | clears                   a schedule without entries in a modification
    time_zone_style        iana | described                        `displayText` of a time zone; the uri tells it anyway
    latency_over_30s       0 | n                                   the next n calls take effect and are answered 500, as
                                                                   all are that latency_ms holds longer than the cut
    cut_after_seconds      30 | s                                  how long the services work before that 500
    licences               0 | n                                   users who may be enabled, the administrator apart
    unknown_in_delete_batch  refused | accepted                    a batch that is to delete a user who is not there
    users_with_data        [] | ["uri", ...]                       users that cannot be deleted

Switches that all simulators have, the control interface and faults: `simulators.http`. Of its own:

    POST   /_control/seed                  {"users": [{"loginName": ..., "firstName": ..., ...}]}, {"count": n} and
                                           {"groups": {"department": ["Sales"], ...}}; all or nothing but the groups
    GET    /_control/state                 {"users": [...], "count": n, "enabled": n, "groups": {...}, ...}
    POST   /_control/edit                  {"uri" or "loginName": ..., "set": {...}}: a change behind the gateway's back
    POST   /_control/remove                {"uri" or "loginName": ...}
    POST   /_control/revoke                no access token that was issued so far opens anything

A user's fields are those of `users.User`. A fault's operation is "CreateUserOrApplyModifications" or, with its service,
"ImportService2.svc/CreateUserOrApplyModifications". A request in the log also has service, path, correlationId and
application (the header X-Replicon-Application, or null with a warning beside it).
"""

from simulators.replicon.server import Simulator, running

__all__ = ["Simulator", "running"]
