"""Who did it: a person, an agent, a worker or the system itself."""

from dataclasses import dataclass
from typing import Literal, Self
from uuid import UUID

type ActorKind = Literal["person", "agent", "worker", "system"]


@dataclass(frozen=True, slots=True)
class Actor:
    """The one who acted. `account_id` is the sign-in a person used; rights came from it."""

    kind: ActorKind
    id: str
    account_id: str | None = None

    @classmethod
    def person(cls, account_id: UUID | str, person_id: UUID | str) -> Self:
        return cls("person", str(person_id), str(account_id))

    @classmethod
    def agent(cls, agent_id: UUID | str) -> Self:
        return cls("agent", str(agent_id))

    @classmethod
    def worker(cls, name: str) -> Self:
        """A background process, named by its queue or command, such as `publish`."""
        return cls("worker", name)

    @classmethod
    def anonymous(cls) -> Self:
        """Nobody known: who signs in, or knocks without a valid token."""
        return cls("system", "anonymous")

    @classmethod
    def system(cls) -> Self:
        return cls("system", "system")
