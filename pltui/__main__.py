"""`python -m pltui` is `pltui`."""

import sys

from pltui.cli import main

if __name__ == "__main__":
    sys.exit(main())
