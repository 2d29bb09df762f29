"""What an author says of a resource, and the rules of the kit: what is skipped, and what cannot be overridden."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, TypeVar

import pytest

from scim_adapter import Adapter, Native, Resource
from scim_adapter.testing.samples import AWKWARD, sample
from scim_adapter.testing.subject import Subject

T = TypeVar("T", bound=Callable[..., Any])
NEEDS = "__needs__"


def needs(*verbs: str, can: str = "") -> Callable[[T], T]:
    """Marks a test that is only for resources which declare these verbs, or say this in `Can`."""

    def mark(test: T) -> T:
        setattr(test, NEEDS, (verbs, can))
        return test

    return mark


@pytest.mark.asyncio
class Kit:
    """The parent of all parts of the kit. Give the fixture `resource`; everything else has a default."""

    values: ClassVar[Mapping[str, Sequence[Any]]] = {}
    """Native values that a choosy backend takes, by native field: `{"department": ["Sales", "Support", "Board"]}`."""
    awkward: ClassVar[Sequence[str]] = AWKWARD
    """Texts that names and titles of the backend may hold. Leave out what it refuses."""
    side_steps: ClassVar[Mapping[str, Any]] = {}
    """What `create` writes by a call of its own after the record stands, by native field and the value that needs it:
    `{"enabled": False}`."""
    nonsense: ClassVar[Mapping[str, Any]] = {}
    """Values that the settings must refuse, by name: `{"url": "ftp://nowhere"}`."""

    def sample(self, resource: Resource, n: int) -> Native:
        """The native values of the `n`-th record, references apart. Override it where `values` is not enough; any two
        records must differ in every field that is unique."""
        return sample(resource.fields, n, self.values)

    @pytest.fixture
    def resource(self) -> Resource:
        """The resource under test, over a backend that is new for every test. The only fixture that must be given."""
        pytest.fail("Give a fixture named resource that yields the Resource to test.")

    @pytest.fixture
    def targets(self) -> Mapping[str, Sequence[str]]:
        """Keys of at least three records of each other type that references lead to: `{"User": [...]}`."""
        return {}

    @pytest.fixture
    def adapter(self) -> Adapter[Any]:
        """The adapter with settings that are right."""
        pytest.skip("No fixture named adapter.")

    @pytest.fixture
    def refused(self) -> Adapter[Any]:
        """The adapter with credentials that the backend refuses."""
        pytest.skip("No fixture named refused.")

    @pytest.fixture
    def unreachable(self) -> Adapter[Any]:
        """The adapter of a backend that is not there."""
        pytest.skip("No fixture named unreachable.")

    @pytest.fixture
    def subject(
        self, request: pytest.FixtureRequest, resource: Resource, targets: Mapping[str, Sequence[str]]
    ) -> Subject:
        """The resource with the kit's tools; skips what it does not declare."""
        reason = self.lacking(resource, request.node.originalname)
        if reason:
            pytest.skip(reason)
        return self.subject_of(resource, targets)

    def subject_of(self, resource: Resource, targets: Mapping[str, Sequence[str]]) -> Subject:
        """The resource with the kit's tools."""
        return Subject(resource, lambda n: self.sample(resource, n), targets)

    @classmethod
    def lacking(cls, resource: Resource, test: str) -> str:
        """What a resource does not declare and a test needs; empty when nothing is lacking."""
        found = (getattr(vars(one)[test], NEEDS, None) for one in cls.__mro__ if test in vars(one))
        verbs, can = next((need for need in found if need), ((), ""))
        missing = [verb for verb in verbs if not resource.declares(verb)]
        if missing:
            return f"The adapter does not declare {' and '.join(missing)}."
        return f"The adapter does not declare Can({can}=...)." if can and not getattr(resource.can, can) else ""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        for name, test in vars(cls).items():
            inherited = any(name in vars(parent) for parent in cls.__mro__[1:])
            if name.startswith("test_") and inherited and not _excused(test):
                raise TypeError(
                    f"{cls.__name__} overrides {name}, a promise of the contract. Where the backend cannot keep it, "
                    f'say why: @pytest.mark.xfail(reason="...") on a test that awaits super().{name}(...).'
                )


def _excused(test: Any) -> bool:
    marks = getattr(test, "pytestmark", ())
    return any(mark.name == "xfail" and mark.kwargs.get("reason") for mark in marks)
