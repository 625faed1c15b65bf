"""`python -m pltui` is `pltui`."""

import sys

from pltui.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
