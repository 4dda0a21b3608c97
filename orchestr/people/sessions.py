"""Sessions in the database, named by the hash of their key: who reads the table cannot take a session over."""

import hashlib
from typing import Any

from django.contrib.sessions.backends import db
from django.utils import timezone


def row_key(session_key: str) -> str:
    """What the table holds of a key: 160 bits of its SHA-256, as much as the column takes."""
    return hashlib.sha256(session_key.encode()).hexdigest()[:40]


class SessionStore(db.SessionStore):
    """Django's own store, but for the name under which a row is kept and found."""

    def _get_session_from_db(self) -> Any:
        found = self._live().first()
        if found is None:
            self._session_key = None
        return found

    async def _aget_session_from_db(self) -> Any:
        found = await self._live().afirst()
        if found is None:
            self._session_key = None
        return found

    def exists(self, session_key: str) -> bool:
        return super().exists(row_key(session_key))

    async def aexists(self, session_key: str) -> bool:
        return await super().aexists(row_key(session_key))

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        row = super().create_model_instance(data)
        row.session_key = row_key(row.session_key)
        return row

    async def acreate_model_instance(self, data: dict[str, Any]) -> Any:
        row = await super().acreate_model_instance(data)
        row.session_key = row_key(row.session_key)
        return row

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            super().delete(row_key(key))

    async def adelete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            await super().adelete(row_key(key))

    def _live(self) -> Any:
        key = row_key(self.session_key or "")
        return self.model.objects.filter(session_key=key, expire_date__gt=timezone.now()).order_by("session_key")
