"""Sample courses of about 1 kB, in French, of any number, and an index of them behind an alias.

    ELASTICSEARCH_HOST=http://127.0.0.1:9200 python -m local.sample.courses --count 20000

Nothing in them is real: sentences come from Faker, links end in a domain that is reserved for examples.
"""

import random
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

import typer
from faker import Faker

from reindex import contract
from reindex.client import connect, plain_errors
from reindex.index import indices
from reindex.plan import Plan
from reindex.settings import ClusterSettings, ReindexSettings

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

RUN = "sample"
SENTENCES = 2000
CHUNK = 1000

SUBJECTS = {
    "Informatique": ("Python", "Java", "JavaScript", "les bases de données", "Linux", "la cybersécurité"),
    "Science des données": ("les statistiques", "l'apprentissage automatique", "la visualisation", "SQL"),
    "Gestion": ("la comptabilité", "la gestion de projet", "le droit du travail", "la négociation"),
    "Marketing": ("le référencement", "les réseaux sociaux", "l'étude de marché", "la marque"),
    "Sciences": ("l'algèbre", "la physique", "l'écologie", "la chimie organique", "les probabilités"),
    "Langues": ("l'anglais des affaires", "l'espagnol", "l'allemand", "l'arabe", "la rédaction"),
    "Arts": ("la photographie", "l'histoire de l'art", "la musique", "le design graphique"),
}
TITLES = (
    "Découvrir {}",
    "Débuter avec {}",
    "Comprendre {} pas à pas",
    "{} : les fondamentaux",
    "{} : de la théorie à la pratique",
    "Approfondir {}",
    "Réussir son premier projet avec {}",
)
DURATIONS = ("45 minutes", "2 heures", "4 heures", "6 heures", "10 heures", "3 jours", "4 semaines", "2 mois")


def courses(count: int, *, seed: int = 1) -> Iterator[dict[str, Any]]:
    """Courses as they are indexed; the same seed, the same courses, and a longer list begins like a shorter.

    One in a hundred has no description; every level is a known one.
    """
    rng = random.Random(seed)  # noqa: S311 - sample data, not a secret
    sentences = _sentences(seed)
    categories = list(SUBJECTS)
    for number in range(1, count + 1):
        category = rng.choice(categories)
        yield {
            "url": url(number),
            "cours": _course(number, category, sentences, rng),
            "predictions": {"predicted_category": category, "predicted_level": rng.choice(contract.LEVELS)},
        }


def identity(number: int) -> str:
    """Id of the document with this number, from 1."""
    return f"cours-{number:07d}"


def url(number: int) -> str:
    """Address of the course with this number."""
    return f"https://cours.example.org/{number}"


def load(client: "Elasticsearch", served: str, count: int, *, seed: int = 1) -> int:
    """Index that many courses under the served name, and make it where it is missing; returns how many.

    What is made is an index of ours with our mapping behind an alias, as a run would leave it. Courses of a
    name that exists are overwritten, others stay.
    """
    with plain_errors(f"served name {served}"):
        if not client.indices.exists(index=served):
            _create(client, served)
        write(client, served, courses(count, seed=seed))
    return count


def write(client: "Elasticsearch", served: str, documents: Iterable[Mapping[str, Any]]) -> None:
    """Index courses under a name, with the ids of their numbers, and let readers find them."""
    from elasticsearch.helpers import parallel_bulk

    actions = (
        {"_op_type": "index", "_index": served, "_id": identity(number), "_source": course}
        for number, course in enumerate(documents, 1)
    )
    deque(parallel_bulk(client, actions, thread_count=2, chunk_size=CHUNK), maxlen=0)
    client.indices.refresh(index=served)


def _create(client: "Elasticsearch", served: str) -> None:
    index = indices.next_target(client, served, run=RUN)
    plan = Plan(RUN, served, "", index, concrete=False, shards=2, replicas=0, documents=0, bytes=0)
    client.indices.create(
        index=index,
        mappings={**contract.mapping(), "_meta": indices.new_meta(plan, state="validated", checkpoints={})},
        settings={"number_of_shards": plan.shards, "number_of_replicas": plan.replicas},
        aliases={served: {}},
    )


def _course(number: int, category: str, sentences: Sequence[str], rng: random.Random) -> dict[str, Any]:
    title = rng.choice(TITLES).format(rng.choice(SUBJECTS[category]))
    course = {
        "titre": f"{title[0].upper()}{title[1:]}",
        "description": " ".join(rng.choices(sentences, k=2)),
        "lien": f"{url(number)}/lecon",
        "contenus": {"paragraphs": [" ".join(rng.choices(sentences, k=3)) for _ in range(3)]},
        "niveau": rng.choice(contract.LEVELS),
        "duree": rng.choice(DURATIONS),
        "categories": [category],
    }
    if number % 100 == 0:
        del course["description"]
    return course


@cache
def _sentences(seed: int) -> tuple[str, ...]:
    """A pool to draw from: Faker takes too long to be asked once a course."""
    fake = Faker("fr_FR")
    fake.seed_instance(seed)
    return tuple(fake.sentence(nb_words=10) for _ in range(SENTENCES))


def main(
    count: Annotated[int, typer.Option(min=1, help="Number of courses.")] = 20_000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same courses.")] = 1,
) -> None:
    """Index made-up courses under ELASTICSEARCH_INDEX, on the cluster that ELASTICSEARCH_HOST names."""
    served = ReindexSettings().index
    with connect(ClusterSettings()) as client:
        loaded = load(client, served, count, seed=seed)
    typer.echo(f"{served}: {loaded} courses")


if __name__ == "__main__":
    typer.run(main)
