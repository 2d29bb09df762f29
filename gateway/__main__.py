"""`python -m gateway`: see `gateway.cli`."""

import sys

from gateway.guard import Shadowed, refuse_shadows

if __name__ == "__main__":
    try:
        refuse_shadows()
    except Shadowed as error:
        sys.exit(str(error))
    from gateway.cli import main

    sys.exit(main(sys.argv[1:]))
