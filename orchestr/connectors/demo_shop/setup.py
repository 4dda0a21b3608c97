"""What a person says to configure the demonstration's own."""

from orchestr.connectors.setup import SETTLE_AFTER, Setup, gettext_noop

SETUP = Setup(title="Demo shop", secrets=gettext_noop("one bare token"), settings=(SETTLE_AFTER,))
