"""What a running exporter answers, as samples."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine

from metrics.server import serving
from metrics.settings import MetricsSettings


@dataclass(frozen=True)
class Scraped:
    """Samples by name and labels, and what each name means."""

    samples: dict[tuple[str, frozenset[tuple[str, str]]], float]
    meanings: dict[str, str]

    def value(self, name: str, **labels: str) -> float | None:
        """The one sample of a name without its prefix; None when there is none."""
        return self.samples.get((f"inlearning_{name}", frozenset(labels.items())))

    def labels(self, name: str) -> list[dict[str, str]]:
        """The labels of every sample of a name."""
        return [dict(labels) for found, labels in self.samples if found == f"inlearning_{name}"]


def scraped(port: int) -> Scraped:
    """Ask once."""
    answer = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=10, trust_env=False)
    assert answer.status_code == 200
    families = list(text_string_to_metric_families(answer.text))
    samples = {(s.name, frozenset(s.labels.items())): s.value for f in families for s in f.samples}
    return Scraped(samples, {family.name: family.documentation for family in families})


@contextmanager
def exporter(engine: Engine) -> Iterator[int]:
    """An exporter on a free port; the port."""
    with serving(engine, MetricsSettings(port=0)) as port:
        yield port
