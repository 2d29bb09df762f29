"""`python -m gateway`: see `gateway.cli`."""

import sys

from gateway.guard import Shadowed, refuse_shadows

if __name__ == "__main__":
    try:
        refuse_shadows()
        from gateway.cli import main

        status = main(sys.argv[1:])
    except Shadowed as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(status)
