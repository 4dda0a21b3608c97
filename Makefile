.DEFAULT_GOAL := help
.PHONY: help run test test-fast check bench chaos lock messages

# What needs no browser, no Node, no real shop and no killed processes.
PLAIN := not (browser or node or shop or faults or slow)

# Compiled modules are kept: a run starts many Python processes, and each would compile all it imports again.
unexport PYTHONDONTWRITEBYTECODE

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "  PORT, HOST, ORCHESTR_DATA, DEMO_AGENTS=0, DEMO_SCENES=1, DEMO_EXAMPLES=1, DEMO_SANDBOX=1, SHOP=vendure,"
	@echo "  own servers by DATABASE_URL, DATABASE_OWNER_URL, BROKER_URL, CHANNEL_URL are read from the environment."

run: ## Set up and run everything; Ctrl-C stops all of it
	@exec bin/run

test: ## Run the whole suite; needs no server running
	@exec bin/test -n 2 --dist loadgroup

test-fast: ## Run the suite but for browsers, Node, real shops and killed processes
	@CI= exec bin/test -n 2 -m "$(PLAIN)"

check: ## Check format, lint, types, imports, migrations and deployment settings
	@exec bin/check

bench: ## Measure speed beside the bare twins
	@bin/bootstrap && exec .venv/bin/python -m bench

chaos: ## Restart database, broker and workers every few seconds under load, MINUTES=5 long
	@bin/bootstrap && CHAOS_MINUTES=$(or $(MINUTES),5) CHAOS_SEED=$${CHAOS_SEED:-$$(date +%s)} \
		exec .venv/bin/python -m pytest -n 0 tests/faults/test_chaos.py

lock: ## Write the lock files anew
	@exec bin/lock

messages: ## Extract what the pages say and compile its translations; needs GNU gettext
	@exec bin/messages
