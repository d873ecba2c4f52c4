"""What a run is worth saying, as one message: of it what concerns somebody, in one language."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from alerts.alert import Alert, Link, Section, State
from alerts.causes import NEVER_BEGAN
from alerts.news import News
from alerts.outcome import RunOutcome
from alerts.sections import of_missed, of_resolved, of_task, of_verdict
from alerts.verdicts import Known, Verdict, verdict
from alerts.words import COUNTS, Say, words_in
from report.said import ENGLISH, Language, number
from report.site import Site

NOTHING_KNOWN: Known = {}


@dataclass(frozen=True)
class Message:
    """A message, and what it was made of.

    plain_key: its key as it is without incidents. sections: of its alert, by the page of the verdict.
    others: the sections of what is no verdict and no failed task.
    """

    alert: Alert
    plain_key: str
    outcome: RunOutcome
    verdicts: Sequence[Verdict]
    titled: Verdict | None
    sections: Mapping[str, Section]
    others: Sequence[Section]


def compose(
    outcome: RunOutcome,
    news: Sequence[News],
    *,
    site: Site,
    language: Language = ENGLISH,
    past: Known = NOTHING_KNOWN,
    today: str = "",
) -> Message:
    """The message about an outcome. past: of the gates that closed, as far as it is known.

    news: of the causes in the outcome, and of those that are over. site: whole addresses. today: the day;
    what tells nothing but wrong settings is told once in it.
    """
    told = (*outcome.closed, *outcome.approved, *outcome.warned)
    verdicts = [verdict(report, past.get(report.page), language, site=site) for report in told]
    titled, state, say = _titled(outcome, verdicts), state_of(outcome, news), words_in(language)
    sections = {each.report.page: of_verdict(each, news, language, site) for each in verdicts}
    others = (
        *(of_missed(each, news, language, site) for each in outcome.missed),
        *(of_resolved(each, language, site) for each in news if each.kind == "resolved"),
    )
    alert = Alert(
        key=_key(outcome, news, today, with_incidents=True),
        state=state,
        subject=_subject(state, outcome, news),
        title=titled.banner.headline if titled else _title(outcome, news, language, say),
        language=language,
        dag=outcome.dag_id,
        run=outcome.run_id,
        run_link=_run_link(outcome, site, say),
        sections=(
            *(of_task(outcome, error, site, say) for error in outcome.errors),
            *sections.values(),
            *others,
        ),
        counts=_counts(outcome, language),
        notes=(*outcome.notes, *outcome.wrong_settings),
    )
    plain_key = _key(outcome, news, today, with_incidents=False)
    return Message(alert, plain_key, outcome, verdicts, titled, sections, others)


def state_of(outcome: RunOutcome, news: Iterable[News]) -> State:
    """The worst of what a message says."""
    kinds = {each.kind for each in news}
    wrong: tuple[tuple[State, object], ...] = (
        ("closed", outcome.closed),
        ("failed", outcome.errors),
        ("missed", outcome.missed),
    )
    found = next((state for state, is_there in wrong if is_there), None)
    if any(report.waits for report in outcome.closed):
        return "waiting"
    if found:
        return "reminder" if "reminded" in kinds and "opened" not in kinds else found
    if outcome.approved:
        return "approved"
    return "resolved" if "resolved" in kinds and not outcome.warned else "warning"


def _subject(state: State, outcome: RunOutcome, news: Iterable[News]) -> str:
    gates = outcome.closed or outcome.approved or outcome.warned
    names = [report.gate for report in gates]
    if outcome.errors and not outcome.closed:
        names = [error.task_id for error in outcome.errors]
    if outcome.missed and not (outcome.closed or outcome.errors):
        names = [f"{each.dag} {each.kind}" for each in outcome.missed]
    if state == "resolved":
        names = _over(outcome, news)
    return f"[{state}] {', '.join(names) or 'wrong settings'} · {outcome.dag_id} · {outcome.run_id}"


def _title(outcome: RunOutcome, news: Sequence[News], language: Language, say: Say) -> str:
    """What the message is about, when no single verdict says it."""
    for key, gates in (
        ("closed", outcome.closed),
        ("approved_gates", () if outcome.failed or outcome.missed else outcome.approved),
        ("warned", () if outcome.failed or outcome.missed else outcome.warned),
    ):
        if gates:
            return say(key, gates=", ".join(report.gate for report in gates))
    if outcome.errors:
        return say("failed", tasks=", ".join(error.task_id for error in outcome.errors))
    if len(outcome.missed) == 1:
        return outcome.missed[0].said.in_language(language)
    if outcome.missed:
        return say("missed_title", n=len(outcome.missed))
    over = _over(outcome, news)
    return say("resolved_title", gates=", ".join(over)) if over else say("wrong_settings")


def _over(outcome: RunOutcome, news: Iterable[News]) -> list[str]:
    """The gates of which something is over, each once; one of a DAG that was watched with its DAG."""
    causes = (each.cause for each in news if each.kind == "resolved")
    own = outcome.dag_id
    return list(dict.fromkeys(c.gate if c.dag == own else f"{c.dag} {c.gate}" for c in causes))


def _run_link(outcome: RunOutcome, site: Site, say: Say) -> Link:
    """To the run in Airflow; to its DAG where the run is one that never began."""
    if outcome.missed and all(each.kind in NEVER_BEGAN for each in outcome.missed):
        return Link(say("open_dag"), site.dag(outcome.dag_id) or "")
    return Link(say("open_run"), site.run(outcome.dag_id, outcome.run_id) or "")


def _titled(outcome: RunOutcome, verdicts: Sequence[Verdict]) -> Verdict | None:
    """The verdict whose headline is that of the message: of one closed gate, or one approved or warned."""
    others = outcome.approved or outcome.warned
    is_only = not (outcome.failed or outcome.missed) and len(others) == 1
    return verdicts[0] if len(outcome.closed) == 1 or is_only else None


def _counts(outcome: RunOutcome, language: Language) -> str:
    names = COUNTS if language == "fr" else {}
    return ", ".join(
        f"{names.get(name, name)} {number(count, language)}" for name, count in outcome.counts.items()
    )


def _key(outcome: RunOutcome, news: Iterable[News], today: str, *, with_incidents: bool) -> str:
    """The same for what is the same news of a run, whatever attempt of it tells it."""
    told = sorted(
        f"{each.kind}:{each.cause}{f':{each.incident.id}' if with_incidents and each.incident else ''}"
        for each in news
        if each.is_told
    )
    if not (told or outcome.answers):
        return key_of(today, *outcome.wrong_settings)
    return key_of(outcome.dag_id, outcome.run_id, *outcome.answers, *told)


def key_of(*parts: str) -> str:
    """The key of what is told by its parts: 32 hexadecimal digits."""
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:32]
