"""A whole IPP request or response without its document data: a header and groups of attributes.

Source: RFC 8010 section 3.1. The same shape serves both ways: `code` is an operation id in a request and a status
code in a response.
"""
from __future__ import annotations

from dataclasses import dataclass

from .attributes import Attribute, find
from .tags import GroupTag


@dataclass(frozen=True, slots=True)
class Group:
    """Attributes that belong together; `tag` is a GroupTag, or the plain number of a group without a name here."""

    tag: int
    attributes: tuple[Attribute, ...] = ()

    def get(self, name: str) -> Attribute | None:
        """The first attribute of that name, or None."""
        return find(self.attributes, name)

    def __contains__(self, name: str) -> bool:
        return self.get(name) is not None


@dataclass(frozen=True, slots=True)
class Message:
    """An IPP message: version (major, minor), operation id or status code, request id, groups in their order."""

    version: tuple[int, int]
    code: int
    request_id: int
    groups: tuple[Group, ...] = ()

    def group(self, tag: GroupTag) -> Group:
        """The first group of that tag; an empty one when there is none (an empty group may be left out)."""
        return next((group for group in self.groups if group.tag == tag), Group(tag))

    def groups_of(self, tag: GroupTag) -> tuple[Group, ...]:
        """All groups of that tag in order: one for each job in the answer to Get-Jobs."""
        return tuple(group for group in self.groups if group.tag == tag)

    def get(self, name: str, tag: GroupTag | None = None) -> Attribute | None:
        """The first attribute of that name, in groups of `tag` or in any."""
        searched = self.groups if tag is None else self.groups_of(tag)
        found = (group.get(name) for group in searched)
        return next((attribute for attribute in found if attribute is not None), None)
