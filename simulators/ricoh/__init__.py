"""RICOH Smart Integration (RICOH Cloud Service): the endpoint of one tenant: `python -m simulators.ricoh --port N`.

`--endpoint` is the path that the tenant's settings screen shows. `externalId`, `active`, the work address and
`userName` are required, and attributes that the screen does not list are not taken. What the vendor does not tell is a
switch. All state is in memory; ids are deterministic.

Switches (the default first) beside those of `simulators.http`, set by `POST /_control/switches {"name": value}`:

    user_name_filter       honoured | refused | ignored   a search by login: found, 400, or everybody
    unknown_attributes     ignore | reject    attributes that the screen does not list: dropped, or 400
    extra_attributes       ['department', 'addresses'] | [...]   those that it lists beside the required ones
    deactivate_behaviour   disable | delete   what becomes of who is deactivated
    groups                 off | on           off: 404
    patch_supported        true | false       false: 501
    patch_status           200 | 204          with or without the resource
    delete_supported       true | false       false: 501
    duplicate_status       409 | 400 | 500    an `externalId` or a `userName` that is taken
    not_found_body         scim | json        the body of a 404
    create_answer          full | empty       empty: 201 without the resource
    max_count              100 | n            resources in an answer
    discovery              full | missing     /ServiceProviderConfig, /Schemas

Control calls beside those of `simulators.http`:

    POST   /_control/seed         {"count": n} or {"users": [{"userName": ...}]}
    POST   /_control/edit         {"id": ..., "set": {...}}: a change behind the gateway's back
    POST   /_control/remove       {"id": ...}
"""

from simulators.ricoh.server import Simulator, running

__all__ = ["Simulator", "running"]
