"""The live socket `/ws/live/`: `{"kind","ids","seq"}`, ids only.

Groups are per segment set; rights are read again before every send, so that a right lost while
connected is lost at once.
"""

from typing import Any
from urllib.parse import urlsplit

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer

from orchestr.live import EVERYONE, segment_group
from orchestr.people.eligibility import segment_sets_with
from orchestr.people.models import Account


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
        await self.accept()  # type: ignore[no-untyped-call]
        await self.follow(await self.allowed())

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
        await self.follow(allowed)
        if not allowed & set(message["groups"]):
            return
        self.seq += 1
        await self.send_json({"kind": message["kind"], "ids": message["ids"], "seq": self.seq})  # type: ignore[no-untyped-call]

    @database_sync_to_async
    def allowed(self) -> set[str]:
        """The groups this account may hear now; none once it is switched off."""
        account = Account.objects.filter(pk=self.account_id, is_active=True).first()
        if account is None:
            return set()
        return {EVERYONE, *(segment_group(id) for id in segment_sets_with(account, "view_segment"))}
