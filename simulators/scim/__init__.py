"""A SCIM 2.0 server on loopback whose faults are switches: `python -m simulators.scim --port N`.

Untouched it keeps RFC 7643 and RFC 7644: users and groups below `/scim/v2`, discovery, filters, PATCH and PUT. All
state is in memory; ids are deterministic. `with running() as simulator:` serves inside this process.

Switches (the default first), set by `POST /_control/switches {"name": value}`:

    patch                full | simple | none     simple: one value by its path, no list and no object; none: 501
    patch_status         200 | 204                with or without the resource
    put                  true | false             false: 501
    delete               true | false             false: 501
    groups               true | false             false: 404
    discovery            full | missing | wrong   /ServiceProviderConfig, /Schemas, /ResourceTypes
    paging               honoured | ignored       ignored: everything in every answer
    page_max             100 | n                  resources in an answer
    totals               all | page               page: `totalResults` counts the page alone
    empty_list           200 | 404                a search that finds nothing
    filters              [] | ["userName", ...]   attributes that can be searched; empty: all
    other_filters        refused | ignored        a search by another attribute: 400, or everything
    filter_or            true | false             whether a filter may say `or`
    case_sensitive       false | true             searches, and whether a login is taken
    booleans             json | strings           strings: "True" and "False" in answers
    numeric_ids          false | true             `id` and `value` are JSON numbers
    rewrite              {} | {"name": how}       how values are stored: lower, trim, {"US": "U.S.A."}
    ignored              [] | ["title", ...]      attributes that are dropped without a word
    immutable            [] | ["userName", ...]   attributes whose change is refused: 400 mutability
    create_only          [] | ["roles", ...]      attributes whose change is dropped without a word
    required             [] | ["externalId", ...] attributes without which a create is refused
    short_lists          [] | ["addresses", ...]  attributes that only a read by id shows
    server_values        {} | {"roles": [...]}    values that every resource has, whatever is written
    conflict_status      409 | 400 | 500          a login that is taken
    not_found_body       scim | json | html | empty   the body of a 404
    error_status         string | number          `status` in an error
    passwords            hidden | shown           whether answers hold them
    active_default       true | false             of a user that is created without it
    active_on_create     honoured | ignored       ignored: whoever is created is active
    on_disable           kept | deleted           what becomes of a user that is disabled
    etags                false | true             `meta.version`, If-Match
    member_remove        filter | value           how PATCH takes members out; the other form is refused
    strict_members       false | true             adding who is there, or removing who is not, is refused: 400
    licences             0 | n                    users that may be active; more are 403
    token_life           3600 | s                 of tokens from `POST /oauth/token`

Credentials: `Authorization: Bearer TOKEN`, Basic with user and password, or a token from `/oauth/token`
(client_credentials, or the JWT grant whose assertion is the client's secret).

Switches that all simulators have, the control interface and faults: `simulators.http`. Of its own:

    POST   /_control/seed         {"count": n} or {"users": [{"userName": ...}]}
    GET    /_control/state        {"users": [...], "groups": [...], "count": n, "enabled": n}
    POST   /_control/edit         {"id": ..., "set": {...}}: a change behind the gateway's back
    POST   /_control/remove       {"id": ...}
    POST   /_control/revoke       no token that was issued so far opens anything

An operation is named `GET /Users`, `PATCH /Users/{id}` and so on; a fault may also ask for `PATCH` alone. A request in
the log also has method and target.
"""

from simulators.scim.server import Simulator, running

__all__ = ["Simulator", "running"]
