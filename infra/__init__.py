"""What puts the gateway into Azure: templates, and commands that need nothing but Python and, for some, `az`."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - whoever deploys may run these with any Python
    sys.stderr.write("Python 3.11 or newer is needed; this is %d.%d.\n" % sys.version_info[:2])  # noqa: UP031
    sys.exit(2)
