"""The link in a mail or webhook by which a called person answers: signed, for one call, for a day.

It opens a page; only the button on that page answers. A mail scanner that follows the link presses nothing.
The token stands in the query, which logs of requests leave out.
"""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.urls import reverse

SALT = "orchestr.paging.call"
GOOD_FOR = timedelta(hours=24)


def link_of(call_id: UUID) -> str:
    """The whole address of the page on which this call is answered."""
    token = signing.TimestampSigner(salt=SALT).sign(str(call_id))
    return f"{settings.PUBLIC_URL}{reverse('reviews:answer', query={'t': token})}"


def call_of(token: str) -> UUID | None:
    """The call a link is for; None for a link that is not ours or too old."""
    try:
        return UUID(signing.TimestampSigner(salt=SALT).unsign(token, max_age=GOOD_FOR))
    except (signing.BadSignature, ValueError):
        return None
