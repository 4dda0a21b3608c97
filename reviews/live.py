"""The live socket `/ws/live/`: `{"kind","ids","seq"}`, ids only.

Groups are per segment set; rights are read again before every send, so that a right lost while
connected is lost at once.
"""

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer

from orchestr.live import EVERYONE, NEW_SET, segment_group
from orchestr.people.eligibility import segment_sets_with
from orchestr.people.models import Account
from orchestr.proposals.models import Proposal

MOST_TOLD = 50


class SameOrigin:
    """Refuses a socket whose Origin is not the host it was opened on."""

    def __init__(self, application: Any) -> None:
        self.application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        headers = dict(scope["headers"])
        origin = urlsplit(headers.get(b"origin", b"").decode("latin-1")).netloc
        if not origin or origin != headers.get(b"host", b"").decode("latin-1"):
            return await send({"type": "websocket.close", "code": 4403})
        return await self.application(scope, receive, send)


class LiveConsumer(AsyncJsonWebsocketConsumer):
    """One browser tab. It listens to the segment sets its account may see."""

    seq = 0

    async def connect(self) -> None:
        account = self.scope["user"]
        self.joined: set[str] = set()
        if not account.is_authenticated or account.person_id is None:
            await self.close(code=4401)  # type: ignore[no-untyped-call]
            return
        self.account_id = account.pk
        await self.follow(await self.allowed())  # before the tab believes that it hears everything
        await self.accept()  # type: ignore[no-untyped-call]

    async def follow(self, groups: set[str]) -> None:
        for group in groups - self.joined:
            await self.channel_layer.group_add(group, self.channel_name)
        for group in self.joined - groups:
            await self.channel_layer.group_discard(group, self.channel_name)
        self.joined = groups

    async def disconnect(self, code: int) -> None:
        for group in self.joined:
            await self.channel_layer.group_discard(group, self.channel_name)

    async def live_changed(self, message: dict[str, Any]) -> None:
        allowed = await self.allowed()
        fresh = allowed - self.joined
        await self.follow(allowed)
        if message["kind"] == NEW_SET:
            # The set was made for something that was announced to a group nobody had joined yet.
            if ids := await self.waiting_in(fresh):
                await self.tell("proposal", ids)
        elif allowed & set(message["groups"]):
            await self.tell(message["kind"], message["ids"])

    async def tell(self, kind: str, ids: list[str]) -> None:
        self.seq += 1
        await self.send_json({"kind": kind, "ids": ids, "seq": self.seq})  # type: ignore[no-untyped-call]

    @database_sync_to_async
    def waiting_in(self, groups: set[str]) -> list[str]:
        """What waits in the segment sets behind these groups."""
        sets = [UUID(group.rpartition(".")[2]) for group in groups if group != EVERYONE]
        rows = Proposal.objects.waiting().filter(segment_set_id__in=sets)
        return [str(id) for id in rows.order_by("-id").values_list("id", flat=True)[:MOST_TOLD]]

    @database_sync_to_async
    def allowed(self) -> set[str]:
        """The groups this account may hear now; none once it is switched off."""
        account = Account.objects.filter(pk=self.account_id, is_active=True).first()
        if account is None:
            return set()
        return {EVERYONE, *(segment_group(id) for id in segment_sets_with(account, "view_segment"))}
