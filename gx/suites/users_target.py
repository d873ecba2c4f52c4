"""Which tables a gate of the users flow holds back, by the target that the run writes to."""

from collections.abc import Mapping
from dataclasses import replace

from gx.suite import Suite
from report.said import say

USERS = say("the table users", "la table users")
PLATFORM = say("the platform’s table users_person", "la table users_person de la plateforme")


def with_target(suite: Suite, facts: Mapping[str, object]) -> Suite:
    """The suite, in the words of the target. facts: `target`, where it is not our own tables."""
    return suite if "target" not in facts else replace(suite, holds=PLATFORM)
