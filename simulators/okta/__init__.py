"""A stand-in for Okta's provisioning client: the SCIM 2.0 client that an app integration of an Okta org runs.

`python -m simulators.okta URL --token T --users 50 --groups 5` runs once; `run(Options(...))` does so in-process. The
rule: never kinder to a target than Okta is. An app of the catalogue (OIN) and one of the App Integration Wizard differ.

Documented by Okta (developer.okta.com, "Okta and SCIM Version 2.0" and the SCIM questions):

* before a create `GET /Users?filter=userName%20eq%20"..."&startIndex=1&count=100`, a 404 there also meaning nobody;
* the shape of a create, with `groups: []` and a password; an empty answer to it is a failure, a 409 ends the matter;
* a profile goes out as GET and then PUT of the whole resource, with what was got carried back;
* catalogue apps set `active` and `password` by a PATCH without a path (answered 200 or 204), wizard apps by PUT;
* users are never deleted; who is suspended, deactivated or unassigned becomes `active: false`;
* lists in steps of 100 until `totalResults`, whatever a page really held; its numbers must be integers;
* groups: POST with `members: []`; a PATCH without a path for `{id, displayName}`, sent before each change of members
  too; members by add, `remove` of `members[value eq "..."]` or replace; DELETE at unlinking, unless a group is to stay;
* wizard apps write groups by PUT; the client waits 60 seconds for an answer.

Seen in practice (servers' logs in public repositories, Okta's support articles):

* Test API Credentials is `GET /Users?startIndex=1&count=2` (documented for SCIM 1.1), without a call to `/Groups`;
* the headers, with `User-Agent: Okta SCIM Client 1.0.0`, and no Content-Type where there is no body;
* somebody found by the filter is read by id and then PUT; who was removed from the app is looked up anew on return;
* attributes without a value are left out; `externalId` is the id of the Okta user; a 401 fails person by person;
* a wizard app creates a group by filter, POST, GET and PUT of `schemas`, `id`, `displayName` and `members` only;
* a catalogue app sends the name again right after a create; "Push now" of an empty group replaces members with `[]`;
* an import passes over inactive users; a 429 with Retry-After is repeated without anybody's help.

Assumed by us, for want of any source:

* attributes are overlaid one by one: only the primary e-mail is replaced, what lost its value is taken out, the status
  is carried back as it was read; status and password go in two requests;
* two users for one userName, another user than was asked for, or one who is linked already is an error; so is an
  empty answer to a PUT, and the same goes for groups;
* an import that fails stops the run; it ends early at a page that brings nothing new;
* a 429 or 503 without Retry-After is repeated after 1, 2 and 4 seconds; nothing else is repeated within a run;
* what failed stays a task, and the next run is the administrator's "Retry selected"; a 404 never leads to a new create;
* all changes of a group's members travel in one request, however many; 404 for a DELETE counts as deleted;
* the enterprise extension is named in `schemas`; quotes in a filter are escaped as in JSON.
"""

from simulators.okta.cycle import run
from simulators.okta.options import Options
from simulators.okta.people import Group, PeopleError, Person, Roster, read_people
from simulators.okta.profile import Mapping
from simulators.okta.report import Report

__all__ = ["Group", "Mapping", "Options", "PeopleError", "Person", "Report", "Roster", "read_people", "run"]
