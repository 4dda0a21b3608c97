"""`python -m launch` runs one deployment until it is asked to stop."""

import sys

from launch.supervisor import main

if __name__ == "__main__":
    sys.exit(main())
