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
    timeout_after_write    0 | n                                   the next n writes take effect and get no answer;
                                                                   a refused one does not count, a replayed one does
    timeout_after_write_seconds  0 | s                             how long they are kept waiting before the cut
    login_case_sensitive   false | true                            look-up and uniqueness of logins
    silently_ignore        [] | ["firstName", ...]                 fields that modifications leave alone and succeed
    display_name_style     family_given | given_family | as_sent   what `displayText` shows
    empty_schedule         leaves_alone | clears                   a schedule without entries in a modification
    time_zone_style        iana | described                        `displayText` of a time zone; the uri tells it anyway
    latency_ms             0 | ms                                  before each answer
    latency_over_30s       0 | n                                   the next n calls take effect and are answered 500, as
                                                                   all are that latency_ms holds longer than the cut
    cut_after_seconds      30 | s                                  how long the services work before that 500
    rate_limit             0 | n                                   calls in a minute before 429
    rate_limit_retry_after 0 | s                                   the Retry-After of that 429; 0 is none
    licences               0 | n                                   users who may be enabled, the administrator apart
    unknown_in_delete_batch  refused | accepted                    a batch that is to delete a user who is not there
    users_with_data        [] | ["uri", ...]                       users that cannot be deleted

Control, JSON, without credentials, from this machine only; 400 says what is allowed:

    POST   /_control/reset                 everything as at the start
    POST   /_control/seed                  {"users": [{"loginName": ..., "firstName": ..., ...}]}, {"count": n} and
                                           {"groups": {"department": ["Sales"], ...}}; all or nothing but the groups
    GET    /_control/state                 {"users": [...], "count": n, "enabled": n, "groups": {...}, ...}
    GET    /_control/switches              POST {"name": value} changes them, all or none
    POST   /_control/inject                a fault, see below; several queue up
    GET    /_control/requests              {"requests": [...]}, without secrets; ?operation=NAME
    DELETE /_control/requests              forget them
    GET    /_control/counts                {operation: calls}
    POST   /_control/edit                  {"uri" or "loginName": ..., "set": {...}}: a change behind the gateway's back
    POST   /_control/remove                {"uri" or "loginName": ...}
    POST   /_control/revoke                no access token that was issued so far opens anything

A user's fields are those of `users.User`. A request in the log has operation, service, path, status, answered, write,
correlationId, application (the header X-Replicon-Application, or null with a warning beside it) and body.

A fault is {"operation": name, "Service.svc/Name" or "*", "times": n (1), "delay": seconds, "status": 200-599 (500),
"body": text, "headers": {...}} and these flags: `after_effect` lets the call take effect before the fault, `cut` closes
the connection instead of an answer, `truncate` sends half of the body, `stale` shows a read what stood before the last
write. Status 0 is the real answer: it is the default for who gives only `delay`, `truncate` or `stale`.
"""

from simulators.replicon.server import Simulator, running

__all__ = ["Simulator", "running"]
