"""The contract test kit (extra `testing`): inherit one class, give one fixture, and every promise is tested.

    class TestStaff(ResourceContract):
        @pytest.fixture
        def resource(self) -> Iterator[Resource]:
            with fake_backend() as url:
                yield StaffAdapter(StaffSettings(url=url, token="right")).resources()[0]

Tests that need what the adapter does not declare are skipped, and say so. No test can be overridden in silence.
"""

from scim_adapter.testing.absent import Absent
from scim_adapter.testing.amending import Amending
from scim_adapter.testing.changing import Changing
from scim_adapter.testing.connecting import Connecting
from scim_adapter.testing.creating import Creating, Mapping
from scim_adapter.testing.failing import Failing
from scim_adapter.testing.faulty import FaultyResource
from scim_adapter.testing.filtering import Filtering
from scim_adapter.testing.finding import Finding
from scim_adapter.testing.subject import Subject
from scim_adapter.testing.taken import Taken


class ResourceContract(Mapping, Finding, Filtering, Creating, Changing, Amending, Absent, Taken, Failing, Connecting):
    """Every promise of the contract about one resource, and about its adapter where those fixtures are given."""


__all__ = ["FaultyResource", "ResourceContract", "Subject"]
