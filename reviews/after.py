"""Where an act leads: the part htmx asked for, or back to the page with a message."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from orchestr.http import SignedIn
from reviews.queue.page import render_row


def done(request: SignedIn, proposal_id: UUID, message: str) -> HttpResponse:
    """A row swaps itself in place; a page is loaded anew and says what was done."""
    if request.htmx and (request.htmx.target or "").startswith("row-"):
        return render_row(request, proposal_id)
    messages.success(request, message)
    return redirect("reviews:proposal", proposal_id)
