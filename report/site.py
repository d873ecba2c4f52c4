"""Where the pages of the report are, seen from one of them: every link is relative.

English pages are called `x.html`, French ones `x.fr.html`, in Airflow as in a static export.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from pipeline.names import slug
from report.said import LANGUAGES, Language

TIME_ZONE = "Europe/Paris"
"""Times are told as the schedules are."""


@dataclass(frozen=True)
class Site:
    """How one page links to the others.

    root: the way from the page to the root of the site, e.g. `../../../../`, or empty at the root.
    airflow: the way from the root of the site to the Airflow UI, or its address; None where there is none:
    then no link leads there.
    zone: the time zone that times are told in. incidents: whether the pages of incidents stand there, too.
    """

    root: str = ""
    airflow: str | None = None
    zone: str = TIME_ZONE
    incidents: bool = False

    def overview(self, language: Language) -> str:
        """The link to the overview."""
        return self.root + named("index", language)

    def gate(self, gate: str, language: Language) -> str:
        """The link to the history of a gate."""
        return f"{self.root}gates/{quote(named(slug(gate), language))}"

    def verdict(self, folder: str, language: Language) -> str:
        """The link to the page of a verdict. folder: `GateReport.folder`."""
        return self.file(folder, named("index", language))

    def file(self, folder: str, name: str) -> str:
        """The link to a file of a verdict."""
        return f"{self.root}{quote(folder)}/{quote(name)}"

    def all_incidents(self, language: Language) -> str:
        """The link to the list of incidents."""
        return f"{self.root}incidents/{named('index', language)}"

    def incident(self, number: int, language: Language) -> str:
        """The link to an incident."""
        return f"{self.root}incidents/{named(str(number), language)}"

    def incident_of(self, folder: str, language: Language) -> str:
        """The link to the incident that a verdict belongs to. folder: `GateReport.folder`."""
        return f"{self.all_incidents(language)}?{urlencode({'verdict': folder})}"

    def asset(self, name: str) -> str:
        """The link to a file that all pages share."""
        return f"{self.root}assets/{name}"

    def dag(self, dag: str) -> str | None:
        """The link to a DAG in the Airflow UI; None where there is no Airflow."""
        if self.airflow is None or not dag:
            return None
        base = self.airflow if "://" in self.airflow else f"{self.root}{self.airflow}"
        return f"{base}dags/{quote(dag, safe='')}"

    def run(self, dag: str, run: str) -> str | None:
        """The link to a run in the Airflow UI; None where there is no Airflow, or no Airflow ran it."""
        place = self.dag(dag)
        return f"{place}/runs/{quote(run, safe='')}" if place and run else None

    def task(self, dag: str, run: str, task: str) -> str | None:
        """The link to a task of a run in the Airflow UI, where its log is; None as for `run`."""
        place = self.run(dag, run)
        return f"{place}/tasks/{quote(task, safe='')}" if place and task else None


def named(name: str, language: Language) -> str:
    """The file of a page in one language."""
    return f"{name}.html" if language == "en" else f"{name}.{language}.html"


def alternates(name: str) -> Mapping[Language, str]:
    """The file of a page in each language: its siblings."""
    return {language: named(name, language) for language in LANGUAGES}
