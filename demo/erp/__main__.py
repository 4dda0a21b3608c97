"""`python -m demo.erp --port P --data DIR`: run the ERP until SIGTERM."""

import argparse

from demo.door import serve
from demo.erp.app import Erp, make
from demo.erp.ledger import Ledger


def main() -> None:
    parser = argparse.ArgumentParser(prog="demo.erp", description="Fjord & Field's ERP.")
    options = serve.arguments(parser, system="DEMO_ERP")
    erp = Erp(Ledger(options.data, seed=options.seed), serve.tokens(options))
    serve.serve(make(erp), name="demo ERP", host=options.host, port=options.port)


if __name__ == "__main__":
    main()
