"""`python -m demo.vendure --port 3000 --folder var/vendure`: serve a real Vendure until told to stop.

Prints one JSON line when it is ready: `{"ready", "url", "shop_url", "pid", "system", "environment"}`.
"""

import argparse
import json
import os
import sys
from pathlib import Path

from demo.vendure.install import NodeMissing
from demo.vendure.serve import serve_until_told, start


def main() -> int:
    data = Path(os.environ.get("ORCHESTR_DATA", "var"))
    parser = argparse.ArgumentParser(prog="python -m demo.vendure", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--folder", type=Path, default=data / "vendure", help="log, credentials and system.json")
    parser.add_argument("--cache", type=Path, default=data / "cache", help="where the npm packages are kept")
    parser.add_argument("--key", default="vendure", help="the system's key")
    parser.add_argument("--orders", type=int, default=24, help="orders to place before it is ready")
    given = parser.parse_args()
    try:
        vendure = start(
            cache=given.cache.resolve(),
            folder=given.folder.resolve(),
            port=given.port,
            key=given.key,
            orders=given.orders,
        )
    except (NodeMissing, RuntimeError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    ready = {
        "ready": True,
        "url": vendure.url,
        "shop_url": vendure.shop_url,
        "pid": vendure.process.pid,
        "system": dict(vendure.system),
        "environment": vendure.environment,
    }
    sys.stdout.write(json.dumps(ready) + "\n")
    sys.stdout.flush()
    return serve_until_told(vendure)


if __name__ == "__main__":
    raise SystemExit(main())
