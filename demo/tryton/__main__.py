"""`python -m demo.tryton --port 8069 --folder var/tryton`: serve a real Tryton until told to stop.

Prints one JSON line when it is ready: `{"ready", "url", "pid", "system", "environment"}`.
"""

import argparse
import json
import os
import sys
from pathlib import Path

from demo.tryton.serve import serve_until_told, start


def main() -> int:
    data = Path(os.environ.get("ORCHESTR_DATA", "var"))
    parser = argparse.ArgumentParser(prog="python -m demo.tryton", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--folder", type=Path, default=data / "tryton", help="data, log, credentials and system.json")
    parser.add_argument("--cache", type=Path, default=data / "cache", help="where packages and the database are kept")
    parser.add_argument("--key", default="tryton", help="the system's key")
    given = parser.parse_args()
    try:
        tryton = start(cache=given.cache.resolve(), folder=given.folder.resolve(), port=given.port, key=given.key)
    except RuntimeError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    ready = {
        "ready": True,
        "url": tryton.url,
        "pid": tryton.pid,
        "system": dict(tryton.system),
        "environment": tryton.environment,
    }
    sys.stdout.write(json.dumps(ready) + "\n")
    sys.stdout.flush()
    return serve_until_told(tryton)


if __name__ == "__main__":
    raise SystemExit(main())
