"""Who is doing something, and what they may: asked by every function that writes, and by every read that not all may see."""

from __future__ import annotations

from dataclasses import dataclass

from portal.models import RoleName

PRACTITIONERS = (RoleName.PRACTITIONER, RoleName.PLANNER, RoleName.EDITOR, RoleName.ADMIN)
"""Who may read the pages of practitioners."""


class NotAllowedError(Exception):
    """Somebody may not do this. Pages answer as if it were not there (404)."""


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Somebody who is logged in, a guest or a command (both: `user_id` None)."""

    user_id: int | None
    name: str
    roles: frozenset[RoleName]
    organizations: frozenset[int] = frozenset()
    """Of a Träger-editor: the ids of their organizations."""
    languages: frozenset[str] = frozenset()
    """Of a translator."""
    guest: bool = False
    """By the secret link of a house: `name` is the house, and nobody knows who it is."""

    def has(self, *roles: RoleName) -> bool:
        return not self.roles.isdisjoint(roles)

    @property
    def edits_everything(self) -> bool:
        return self.has(RoleName.EDITOR, RoleName.ADMIN)

    @property
    def practises(self) -> bool:
        """Whether they may read what practitioners read, and say what practitioners can say with one tap."""
        return self.has(*PRACTITIONERS)

    def edits(self, organization_id: int | None) -> bool:
        """Whether offers and places of this organization are theirs to write."""
        return self.edits_everything or (self.has(RoleName.PROVIDER) and organization_id in self.organizations)

    def translates(self, lang: str) -> bool:
        return self.edits_everything or (self.has(RoleName.TRANSLATOR) and lang in self.languages)


COMMAND = Actor(user_id=None, name="Befehlszeile", roles=frozenset({RoleName.ADMIN}))
"""Whoever types `portal …` on the machine itself may do everything."""
