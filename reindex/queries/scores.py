"""What a score is made of, without the statistics of the whole index."""

import json
import re
from collections.abc import Mapping
from typing import Any

STATISTICS = re.compile(r"(n|N|avgdl), ")
"""How Lucene describes what it counts in the whole index, deleted documents included: documents with a word,
documents with the field, and the field's average length."""
PLACE_ON_DISK = re.compile(r" in \d+\)")


def parts(explanation: Mapping[str, Any]) -> str:
    """The words, frequencies, lengths and boosts behind a score, as text that is equal where they are.

    explanation: as the server gives it. A part that is not known to be a statistic counts with its value.
    """
    return json.dumps(_parts(explanation))


def _parts(explanation: Mapping[str, Any]) -> list[Any]:
    described = PLACE_ON_DISK.sub(")", explanation["description"])
    if not explanation["details"]:
        return [described, explanation["value"]]
    below = (each for each in explanation["details"] if not STATISTICS.match(each["description"]))
    return [described, sorted(map(_parts, below), key=json.dumps)]
