"""The agents of `examples/`: the same company employs them on demand, each with the tools that its work needs."""

from demo.seed.agents import Role

EXAMPLES = (
    Role(
        key="allocator",
        name="Allocator",
        description="Moves stock to where it is bought, and completes texts from product data.",
        workflow="stock-allocation",
        workflow_name="Stock allocation",
        goal="No place is short of what another has in plenty, and every text says what the goods are.",
        success="Fewer variants with hardly any stock at one place; no text without material, care and season.",
        runbook="A transfer is two counts that belong together: put back both or neither. If counts are wrong in "
        "several places, freeze workflow:stock-allocation and have the places counted.",
        writes=(("stock", "on_hand"), ("product", "title"), ("product", "description")),
        budgets={"runs_per_day": 500, "changes_per_day": 1_000, "steps": 100},
    ),
    Role(
        key="price-planner",
        name="Price planner",
        description="Follows demand and cover with small steps of price, and plans promotions for what stands.",
        workflow="pricing-and-promotions",
        workflow_name="Pricing and promotions",
        goal="Prices that follow demand, and room in the store without a lasting cut.",
        success="Cover of most variants between 14 and 90 days; margin above the floor; promotions end by themselves.",
        runbook="A promotion is ended by switching it off, a price by putting it back. If prices move to and fro, "
        "freeze workflow:pricing-and-promotions and look at what the repricer did at the same time.",
        writes=(("variant", "price"), ("promotion", "definition")),
        field_classes=frozenset({"cost"}),
        budgets={"runs_per_day": 500, "changes_per_day": 1_000, "steps": 100},
    ),
    Role(
        key="storefront",
        name="Storefront",
        description="Orders collections by what sells and can be delivered, and chooses what they open with.",
        workflow="storefront-assembly",
        workflow_name="Storefront assembly",
        goal="Whoever opens a collection sees first what others buy and what is there.",
        success="No sold-out product among the first three of a collection.",
        runbook="Put back the order of the collection; nothing else hangs on it.",
        writes=(("collection", "order"), ("collection", "layout")),
        budgets={"runs_per_day": 500, "changes_per_day": 500, "steps": 100},
    ),
    Role(
        key="channel-writer",
        name="Channel writer",
        description="Writes a product's short text for each channel within that channel's limit.",
        workflow="channel-content",
        workflow_name="Channel content",
        goal="One product, three channels, a text for each that fits there.",
        success="No short text is cut off by a channel.",
        runbook="Put back the text of the channel where it is wrong; the others stand by themselves.",
        writes=(("product", "short_description"),),
        budgets={"runs_per_day": 500, "changes_per_day": 1_000, "steps": 200},
    ),
    Role(
        key="winback",
        name="Win-back",
        description="Prepares messages to customers who have not bought for a while and agreed to hear from us.",
        workflow="win-back",
        workflow_name="Win-back",
        goal="Bring back customers with an offer that exists, and bother nobody.",
        success="At most one message a customer and week; no promised discount that is not on.",
        runbook="A message that was sent cannot be taken back: before its time set the audience to 0. Afterwards "
        "tell customer service what it promised.",
        writes=(("message", "definition"),),
        field_classes=frozenset({"personal"}),
        budgets={"runs_per_day": 100, "changes_per_day": 100, "steps": 100},
    ),
)
