"""Which attribute of Entra flows where, unless somebody says otherwise.

Microsoft Learn, "Tutorial: Develop and plan provisioning for a SCIM endpoint", default mapping of an application that
is not in the gallery; `externalId` from `objectId`, which never changes, instead of `mailNickname`.
"""

from __future__ import annotations

from collections.abc import Mapping

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
ROLE = 'roles[primary eq "True"].value'
USER: Mapping[str, str] = {
    "userName": "userPrincipalName",
    "externalId": "objectId",
    "active": 'Switch([IsSoftDeleted], , "False", "True", "True", "False")',
    "displayName": "displayName",
    "title": "jobTitle",
    "nickName": "mailNickname",
    "userType": "userType",
    "preferredLanguage": "preferredLanguage",
    "name.givenName": "givenName",
    "name.familyName": "surname",
    "name.formatted": 'Join(" ", [givenName], [surname])',
    'emails[type eq "work"].value': "mail",
    'phoneNumbers[type eq "work"].value': "telephoneNumber",
    'phoneNumbers[type eq "mobile"].value': "mobile",
    'phoneNumbers[type eq "fax"].value': "facsimileTelephoneNumber",
    'addresses[type eq "work"].formatted': "physicalDeliveryOfficeName",
    'addresses[type eq "work"].streetAddress': "streetAddress",
    'addresses[type eq "work"].locality': "city",
    'addresses[type eq "work"].region': "state",
    'addresses[type eq "work"].postalCode': "postalCode",
    'addresses[type eq "work"].country': "country",
    ROLE: "SingleAppRoleAssignment([appRoleAssignments])",
    f"{ENTERPRISE}:employeeNumber": "employeeId",
    f"{ENTERPRISE}:department": "department",
    f"{ENTERPRISE}:organization": "companyName",
    f"{ENTERPRISE}:manager": "manager",
}
GROUP: Mapping[str, str] = {"displayName": "displayName", "externalId": "objectId", "members": "members"}
SOURCES = {"User": USER, "Group": GROUP}
WHOLE: Mapping[str, tuple[str, ...]] = {
    "roles": (ROLE,),
    "emails": ('emails[type eq "work"].value',),
    "phoneNumbers": tuple(path for path in USER if path.startswith("phoneNumbers[")),
    "addresses": tuple(path for path in USER if path.startswith("addresses[")),
}
"""Attributes with several values, which Entra writes value by value."""
