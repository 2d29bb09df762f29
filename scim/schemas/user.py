"""The User schema and its enterprise extension, with the common attributes (RFC 7643 3.1, 4.1, 4.3)."""

from __future__ import annotations

from scim.schemas.model import Attribute, ResourceSchema, Schema

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

PRIMARY = Attribute("primary", "Whether this is the preferred value.", "boolean")

COMMON = (
    Attribute("schemas", "The schemas of this resource.", "reference", multi=True, returned="always"),
    Attribute("id", "The identifier given by the service provider.", case_exact=True, mutability="readOnly",
              returned="always", uniqueness="server"),
    Attribute("externalId", "The identifier given by the provisioning client.", case_exact=True),
    Attribute("meta", "Resource metadata.", "complex", mutability="readOnly", subs=(
        Attribute("resourceType", "The type of the resource.", case_exact=True, mutability="readOnly"),
        Attribute("created", "When the resource was added.", "dateTime", mutability="readOnly"),
        Attribute("lastModified", "When the resource was last changed.", "dateTime", mutability="readOnly"),
        Attribute("location", "The URL of the resource.", "reference", case_exact=True, mutability="readOnly"),
        Attribute("version", "The version of the resource.", case_exact=True, mutability="readOnly"),
    )),
)  # fmt: skip


def _plural(name: str, description: str, *types: str, value: Attribute | None = None) -> Attribute:
    """A multi-valued attribute with the sub-attributes of RFC 7643 2.4."""
    subs = (
        value or Attribute("value", f"The value of one of the {name}."),
        Attribute("display", "A human-readable name."),
        Attribute("type", "A label for the value's function.", canonical=types),
        PRIMARY,
    )
    return Attribute(name, description, "complex", multi=True, subs=subs)


_NAME = Attribute("name", "The components of the user's name.", "complex", subs=(
    Attribute("formatted", "The full name, formatted for display."),
    Attribute("familyName", "The family name."),
    Attribute("givenName", "The given name."),
    Attribute("middleName", "The middle name."),
    Attribute("honorificPrefix", "The honorific prefix or title."),
    Attribute("honorificSuffix", "The honorific suffix."),
))  # fmt: skip

_ADDRESSES = Attribute("addresses", "Physical mailing addresses.", "complex", multi=True, subs=(
    Attribute("formatted", "The full address, formatted for display."),
    Attribute("streetAddress", "Street, house number, apartment."),
    Attribute("locality", "City or locality."),
    Attribute("region", "State or region."),
    Attribute("postalCode", "Postal code."),
    Attribute("country", "Country."),
    Attribute("type", "A label for the address.", canonical=("work", "home", "other")),
    PRIMARY,
))  # fmt: skip

_GROUPS = Attribute("groups", "The groups of the user.", "complex", multi=True, mutability="readOnly", subs=(
    Attribute("value", "The id of the group.", mutability="readOnly"),
    Attribute("$ref", "The URL of the group.", "reference", mutability="readOnly", references=("Group",)),
    Attribute("display", "The name of the group.", mutability="readOnly"),
    Attribute("type", "How the membership came about.", mutability="readOnly", canonical=("direct", "indirect")),
))  # fmt: skip

_CORE = Schema(USER, "User", "User Account", (
    Attribute("userName", "The unique name by which the user signs in.", required=True, uniqueness="server"),
    _NAME,
    Attribute("displayName", "The name to show."),
    Attribute("nickName", "The casual name."),
    Attribute("profileUrl", "The URL of the user's profile.", "reference", references=("external",)),
    Attribute("title", "The user's job title."),
    Attribute("userType", "The relationship between organisation and user."),
    Attribute("preferredLanguage", "The preferred languages, as in Accept-Language."),
    Attribute("locale", "The locale for currency, dates and numbers."),
    Attribute("timezone", "The IANA time zone."),
    Attribute("active", "Whether the user may sign in.", "boolean"),
    Attribute("password", "The user's password in clear text.", mutability="writeOnly", returned="never"),
    _plural("emails", "E-mail addresses.", "work", "home", "other"),
    _plural("phoneNumbers", "Phone numbers.", "work", "home", "mobile", "fax", "pager", "other"),
    _plural("ims", "Instant messaging addresses.", "aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo"),
    _plural("photos", "URLs of photos.", "photo", "thumbnail",
            value=Attribute("value", "The URL of a photo.", "reference", case_exact=True, references=("external",))),
    _ADDRESSES,
    _GROUPS,
    _plural("entitlements", "Entitlements."),
    _plural("roles", "Roles."),
    _plural("x509Certificates", "Certificates.",
            value=Attribute("value", "A DER certificate in base64.", "binary", case_exact=True)),
))  # fmt: skip

_MANAGER = Attribute("manager", "The user's manager.", "complex", subs=(
    Attribute("value", "The id of the manager."),
    Attribute("$ref", "The URL of the manager.", "reference", references=("User",)),
    Attribute("displayName", "The name of the manager.", mutability="readOnly", returned="request"),
))  # fmt: skip

_ENTERPRISE = Schema(ENTERPRISE, "EnterpriseUser", "Enterprise User", (
    Attribute("employeeNumber", "The number given by the organisation."),
    Attribute("costCenter", "The cost center."),
    Attribute("organization", "The organisation."),
    Attribute("division", "The division."),
    Attribute("department", "The department."),
    _MANAGER,
))  # fmt: skip

USERS = ResourceSchema("User", "/Users", _CORE, (_ENTERPRISE,), COMMON)
"""What a User of any connection may carry."""
