"""A stand-in for the cybozu.com User API, Kintone's users and groups: `python -m simulators.kintone --port N`.

It speaks what the vendor's pages and public clients show, the calls in `operations.py`: password, API token and Basic
authentication, answers `{}` to writes, refusals as `{"message", "id", "code", "errors"}`. What no public page tells
for certain is a switch. All state is in memory; ids are deterministic. Custom items are `entraObjectId`, `jobTitle`
and `costCenter`. `with running() as simulator:` serves inside this process.

Switches (the default first), set by `POST /_control/switches {"name": value}`:

    valid_omitted_means_true  true | false              an update without `valid` enables the user
    auth_failure_status    401 | 520                    the status of CB_WA01, CB_AU01 and CB_TW02
    bad_request_status     400 | 520                    the status of every other refusal but 403
    locale                 en | ja | zh | zh-TW         the language of messages
    error_key_style        users.code | users[0].code   how a refusal names a field
    rename_collision_key   codes[0].newCode | codes.newCode | users.code   what a refused rename names
    delete_unknown_key     users.code | codes           what a delete of nobody names
    code_case_sensitive    true | false                 look-up and uniqueness of logins
    email_unique           false | true                 an e-mail address belongs to one user
    group_names_unique     false | true                 a group's name belongs to one group
    strict_get_content_type  false | true               a GET with a Content-Type is refused
    administrator_listed   true | false                 whether `Administrator` can be read
    administrators_listed  true | false                 whether the group `Administrators` can be read
    page_cap               0 | n                        a page holds at most n rows, whatever was asked
    unset_style            as_documented | null | empty   how unset values are shown
    custom_items_replace   false | true                 `customItemValues` is the whole list
    write_reply            empty_object | nothing | echo   the body that answers a write
    password_policy        none | complex | long        10, or 16, characters of four kinds
    everyone_in_user_groups  true | false               a user's groups name `everyone`
    everyone_in_put        ignored | refused            ... and may be sent back
    group_users_disabled   listed | hidden              disabled users among a group's users
    token_scope            dangerous | write | read     what the API token may do
    two_factor             false | true                 the account has two-factor authentication
    ip_refused             false | true                 the caller's address is not allowed

Switches that all simulators have, the control interface and faults: `simulators.http`. Of its own:

    POST   /_control/seed                  {"users": [{"code": ..., ...}], "count": n, "groups": [{"code": ..., "name":
                                           ...}], "items": ["custom item", ...]}
    GET    /_control/state                 {"users": [...with services and groups], "groups": [...]}
    POST   /_control/edit                  {"id" or "code": ..., "set": {...}, "services": [...]}: behind the gateway's
                                           back
    POST   /_control/remove                {"id" or "code": ...}

An operation is named `GET users`, `PUT users/codes`, `PUT user/groups` and so on. A request in the log also has params.
What a stale read shows is remembered from the moment of the injection.
"""

from simulators.kintone.server import Simulator, running
from simulators.kintone.site import Site

__all__ = ["Simulator", "Site", "running"]
