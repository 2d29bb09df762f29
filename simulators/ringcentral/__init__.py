"""RingCentral: the SCIM interface of one account, within its rates: `python -m simulators.ringcentral --port N`.

It serves users below `/scim/v2`; a user is an extension, with an id of ten digits. `userName` is the work e-mail
address; `active` is false unless it is sent; a PUT replaces everything but the direct number and the extension number,
which are RingCentral's own. Answers name another host in `meta.location`, show countries by their names, and have
`primary` where a user is created or read. Calls are counted in the groups Light (reads), Heavy (writes) and Auth
(tokens), each with a penalty that every request during it prolongs. All state is in memory; ids are deterministic.

Switches (the default first) beside those of `simulators.http`, set by `POST /_control/switches {"name": value}`:

    light               50 | n               reads in a minute; 0 is no limit
    heavy               10 | n               writes in a minute
    auth                5 | n                tokens in a minute
    minute_seconds      60 | s               how long a minute and a penalty last, to try them faster
    rate_headers        true | false         X-Rate-Limit-Group, -Limit, -Remaining and -Window
    retry_after         true | false         whether a 429 says how long to wait
    short_list_items    true | false         lists have no addresses and no phone numbers
    licences            0 | n                users that may be active; more are 403
    country_shown       name | code          `United States` or as it is sent
    login_case          kept | lower         how the e-mail address is stored
    filter_case         any | exact          whether a search minds case
    patch               full | simple        simple: one value by its path, no list and no object
    region_demanded     true | false         an address in the US, Canada or the UK needs a region
    server_phones       shown | none         the direct number and the extension number
    server_phones_sent  ignored | refused    what a PUT does that sends them back
    unknown_attributes  ignored | refused    displayName, manager, primary and others that are not in the schema
    external_id         kept | dropped       what becomes of externalId
    not_found_body      scim | platform      the body of a 404
    conflict_body       scim | platform      the body of a 409
    delete_effect       removed | disabled   what becomes of a user that is deleted
    discovery           full | missing       /ServiceProviderConfig and /Schemas
    scim_enabled        true | false         false: everything is 403
    max_count           100 | n              users in an answer
    token_life          7199 | s             of a token from `POST /restapi/oauth/token`

Credentials: the SCIM token, or a token that a client with a JWT credential fetches. Refusals of the platform in front
(401, 429) have its own form: {"errorCode": ..., "message": ..., "errors": [...]}.

Control calls beside those of `simulators.http`:

    POST   /_control/seed         {"count": n} or {"users": [{"userName": ...}]}
    POST   /_control/edit         {"id": ..., "set": {...}}: a change behind the gateway's back
    POST   /_control/remove       {"id": ...}
    POST   /_control/revoke       no token that was issued so far opens anything
    POST   /_control/penalty      {"group": "heavy"}: as if the limit had been passed
    GET    /_control/peaks        {"light": n, "heavy": n, "auth": n, "refused": n}: most calls that ever fell into a
                                  minute, and calls that were one too many
"""

from simulators.ringcentral.server import Simulator, running

__all__ = ["Simulator", "running"]
