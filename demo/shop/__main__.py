"""`python -m demo.shop --port P --data DIR`: run the shop until SIGTERM."""

import argparse

from demo.door import serve
from demo.shop.app import make
from demo.shop.shop import Shop


def main() -> None:
    parser = argparse.ArgumentParser(prog="demo.shop", description="Fjord & Field's shop.")
    parser.add_argument("--speed", type=float, default=1.0, help="multiplies demand; 0 lets no shopper in")
    parser.add_argument("--rehearsal", action="store_true", help="a small copy under keys of its own, for drills")
    options = serve.arguments(parser, system="DEMO_SHOP")
    shop = Shop(
        options.data, seed=options.seed, speed=options.speed, tokens=serve.tokens(options), rehearsal=options.rehearsal
    )
    serve.serve(make(shop), name="demo shop", host=options.host, port=options.port)


if __name__ == "__main__":
    main()
