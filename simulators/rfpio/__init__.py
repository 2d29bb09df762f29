"""RFPIO, now called Responsive: the SCIM endpoint of one tenant, users only: `python -m simulators.rfpio --port N`.

It serves below `/rfpserver/scim/v2`. `userName` is an e-mail address, the same as the work address, and never changes;
`roles` and the cost center are taken when a user is created and silently kept afterwards; who is deactivated keeps the
address. What the vendor does not tell is a switch. All state is in memory; ids are deterministic and look like those
of its database.

Switches (the default first) beside those of `simulators.http`, set by `POST /_control/switches {"name": value}`:

    scim_enabled           true | false       false: everything is 403, as in a tenant that has SCIM off
    patch_supported        true | false       false: 501
    patch_status           200 | 204          with or without the resource
    delete_supported       true | false       false: 501
    duplicate_status       409 | 400 | 500    an address that is taken
    status_as_number       false | true       `status` in an error
    not_found_body         scim | json        the body of a 404
    echo_external_id       true | false       false: `externalId` is dropped without a word
    create_answer          full | empty       empty: 201 without the resource
    max_count              100 | n            users in an answer
    discovery              full | missing     /ServiceProviderConfig, /Schemas
    default_role           TEAM_MEMBER | text     of who is created without a role
    default_business_unit  HQ | text          of who is created without a cost center

Beside SCIM there is `POST /rfpserver/ext/v1/users/add` of the REST API, with a token of its own.

Control calls beside those of `simulators.http`:

    POST   /_control/seed         {"count": n} or {"users": [{"userName": ...}]}
    POST   /_control/edit         {"id": ..., "set": {...}}: a change behind the gateway's back
    POST   /_control/remove       {"id": ...}
"""

from simulators.rfpio.server import Simulator, running

__all__ = ["Simulator", "running"]
