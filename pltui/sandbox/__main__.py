"""`python -m pltui.sandbox`: the daemon, in the foreground. `pltui sandbox up` starts it in the background."""

import sys

from pltui.sandbox.daemon import main

sys.exit(main())
