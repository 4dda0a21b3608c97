"""What the rules on promotions, stock, copy and messages find, in words: one plain sentence for each code."""

from collections.abc import Mapping


def gettext_noop(text: str) -> str:
    return text


_ = gettext_noop

COMMERCE_TEMPLATES: Mapping[str, str] = {
    "promotion_stacking": _(
        "Together with {others} a promotion takes off {value} of the same goods at the same time, which is more than "
        "{threshold}."
    ),
    "promotions_at_once": _(
        "{value} other promotions run on the same goods at the same time, which is more than {threshold}."
    ),
    "stacking_unknown": _("Another promotion on the same goods takes off nobody knows how much."),
    "duplicate_live": _("“{value}” is live already, in {where}."),
    "duplicate_scheduled": _("“{value}” is scheduled already, in {where}."),
    "duplicate_waiting": _("“{value}” waits in another open proposal already."),
    "duplicate_here": _("“{value}” is launched twice in this proposal."),
    "launched_elsewhere": _("“{value}” is live, scheduled or waiting on the channel {where} already."),
    "promotion_budget": _("The promotions may cost {value} in discount, which is more than {threshold}."),
    "no_budget_for_currency": _("The promotions may cost {value} in discount, and no limit is set for {currency}."),
    "promotion_over_budget": _("At what sells now a promotion would cost {value}; its declared budget is {threshold}."),
    "promotion_budget_share": _(
        "The declared budget of a promotion is {value} of the revenue it touches, which is more than {threshold}."
    ),
    "promotion_cost_unknown": _("A promotion declares no budget, and no sales are known to reckon its cost with."),
    "stock_floor": _("Only {value} units would be left, which is less than {threshold}."),
    "stock_sold_out": _("Nothing would be left of what sold {value} units in seven days."),
    "stock_cover_low": _("The stock left would last {value}, which is less than {threshold}."),
    "stock_cover_high": _("The stock would last {value}, which is longer than {threshold}."),
    "stock_unsold": _("Stock is added of what has not sold in seven days."),
    "stock_exposure": _("Stock worth {value} is moved, which is more than {threshold}."),
    "no_stock_limit": _("Stock worth {value} is moved, and no limit is set for {currency}."),
    "evidenced_health": _("Copy claims something about health, and evidence names it: “{value}”."),
    "evidenced_legal": _("Copy claims a right, a test or an approval, and evidence names it: “{value}”."),
    "evidenced_guarantee": _("Copy guarantees something, and evidence names it: “{value}”."),
    "evidenced_environment": _("Copy praises what is good for the environment, and evidence names it: “{value}”."),
    "evidenced_availability": _("Copy says something about stock or delivery, and evidence names it: “{value}”."),
    "evidenced_price": _("Copy says something about prices, and evidence names it: “{value}”."),
    "disguised_word": _("A word in copy is written in another alphabet, in letters that look like Latin ones."),
    "copy_over_length": _(
        "The field {field} is {value} characters long; it may hold {threshold} (limit for the channel {channel})."
    ),
    "copy_over_length.anywhere": _(
        "The field {field} is {value} characters long; it may hold {threshold} on any channel."
    ),
    "character_forbidden.anywhere": _("Copy holds a character that no channel takes ({value})."),
    "character_forbidden": _("Copy holds a character that the channel {channel} does not take ({value})."),
    "message_audience": _("The messages reach {value} customers, which is more than {threshold}."),
    "message_taken_back": _("A message is taken back."),
    "message_unreadable": _("The audience, the frequency or the promise of a message could not be read."),
    "message_frequency": _("A customer would get {value} messages in seven days, which is more than {threshold}."),
    "message_quiet_hours": _("A message would go out at {value}; it is quiet from {begins} and until {ends}."),
    "message_time_unknown": _("Nobody can say what time it is for the receivers of a message."),
    "message_without_consent": _("A message goes to customers who have not agreed to it."),
    "promised_promotion_missing": _(
        "A message promises the promotion {promotion}, which is not there or not on when the message goes out."
    ),
    "promised_discount_smaller": _("A message promises {value} off; the promotion takes off {threshold}."),
}
