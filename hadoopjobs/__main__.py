"""`python -m hadoopjobs` is the command `hadoopjobs`."""

import sys

from hadoopjobs.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
