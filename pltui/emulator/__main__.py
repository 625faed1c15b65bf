"""`python -m pltui.emulator`: the daemon, in the foreground. `pltui sandbox up` starts it in the background."""

import sys

from pltui.emulator.daemon import main

sys.exit(main())
