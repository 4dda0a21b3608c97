"""The secrets a webhook is signed with: worked out from the deployment's key, so that no row, dump or page holds one."""

import base64
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils.crypto import salted_hmac

from orchestr.people.webhooks.models import Webhook

OVERLAP = timedelta(hours=24)
_SALT = "orchestr.people.webhooks.secret"


def secret_of(webhook: Webhook, *, generation: int | None = None) -> str:
    """The secret (`whsec_…`) of its present generation, or of another. Another key of the deployment gives others."""
    value = f"{webhook.pk}:{generation or webhook.generation}"
    return "whsec_" + base64.b64encode(salted_hmac(_SALT, value, algorithm="sha256").digest()).decode()


def signing(webhook: Webhook, *, at: datetime) -> Sequence[str]:
    """What signs at this moment: for a day after a renewal the secret before it as well, so that nobody misses one."""
    found = [secret_of(webhook)]
    if webhook.generation > 1 and webhook.renewed_at is not None and at < webhook.renewed_at + OVERLAP:
        found.append(secret_of(webhook, generation=webhook.generation - 1))
    return found
