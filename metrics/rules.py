"""What somebody is called for: the alert rules, for Prometheus and for VictoriaMetrics' vmalert."""

from dataclasses import dataclass
from typing import Any, Literal

import yaml

HOUR, DAY = 3600, 86_400


@dataclass(frozen=True)
class Rule:
    """One alert. It fires when `value` meets `condition` for `wait`.

    value: an expression that has a series as long as what it looks at is there. wait: such as `5m`.
    said, french: what has happened; `docs/monitoring.md` says under the alert's name what to do.
    """

    name: str
    value: str
    condition: str
    wait: str
    severity: Literal["critical", "warning"]
    said: str
    french: str

    @property
    def expression(self) -> str:
        """What is evaluated: a series means that something is wrong."""
        return f"{self.value} {self.condition}"


RULES = (
    Rule(
        "GateClosed",
        'max by (dag, gate) (inlearning_gate_verdict{verdict="closed"})',
        "== 1",
        "0s",
        "critical",
        "The gate {{ $labels.gate }} of {{ $labels.dag }} is closed: its run was stopped",
        "La porte {{ $labels.gate }} de {{ $labels.dag }} est fermée : son exécution a été arrêtée",
    ),
    Rule(
        "GateWaits",
        'max by (dag, gate) (inlearning_gate_verdict{verdict="waiting"})',
        "== 1",
        "1h",
        "warning",
        "The gate {{ $labels.gate }} of {{ $labels.dag }} has waited for a person for an hour",
        "La porte {{ $labels.gate }} de {{ $labels.dag }} attend quelqu’un depuis une heure",
    ),
    Rule(
        "NearLimit",
        "max by (dag, gate, check) (inlearning_check_used_ratio)",
        "> 0.9 <= 1",
        "0s",
        "warning",
        "The check {{ $labels.check }} of {{ $labels.gate }} has used more than 90 % of what is allowed",
        "Le contrôle {{ $labels.check }} de {{ $labels.gate }} a utilisé plus de 90 % de ce qui est admis",
    ),
    Rule(
        "UsersVerdictOld",
        'min by (dag) (inlearning_gate_verdict_age_seconds{dag="etl_users_daily"})',
        f"> {26 * HOUR}",
        "5m",
        "critical",
        "No gate of the users has decided for 26 hours: the nightly run is missing",
        "Aucune porte des utilisateurs n’a décidé depuis 26 heures : l’exécution de la nuit manque",
    ),
    Rule(
        "CoursesVerdictOld",
        'min by (dag) (inlearning_gate_verdict_age_seconds{dag="reindex_weekly"})',
        f"> {8 * DAY}",
        "5m",
        "critical",
        "No gate of the courses has decided for 8 days: the weekly run is missing",
        "Aucune porte des cours n’a décidé depuis 8 jours : l’exécution de la semaine manque",
    ),
    Rule(
        "WriteBlockLong",
        "max by (dag) (inlearning_write_block_seconds)",
        "> 10",
        "0s",
        "warning",
        "The last swap blocked writers of the courses for more than 10 seconds",
        "Le dernier échange a bloqué les écritures des cours plus de 10 secondes",
    ),
    Rule(
        "QualityDatabaseAway",
        "max(inlearning_database_up)",
        "== 0",
        "2m",
        "critical",
        "The database with the verdicts does not answer",
        "La base de données des verdicts ne répond pas",
    ),
    Rule(
        "ExporterAway",
        'max(up{job="inlearning"})',
        "== 0",
        "2m",
        "critical",
        "The exporter of the verdicts does not answer",
        "L’exportateur des verdicts ne répond pas",
    ),
    Rule(
        "StatsdExporterAway",
        'max(up{job="airflow"})',
        "== 0",
        "2m",
        "warning",
        "The exporter of Airflow's metrics does not answer",
        "L’exportateur des métriques d’Airflow ne répond pas",
    ),
    Rule(
        "SchedulerSilent",
        "(sum(increase(airflow_scheduler_heartbeat[5m])) or vector(0))",
        "== 0",
        "2m",
        "critical",
        "Airflow's scheduler has given no sign of life for 5 minutes",
        "L’ordonnanceur d’Airflow n’a donné aucun signe de vie depuis 5 minutes",
    ),
    Rule(
        "DagImportErrors",
        "(max(airflow_dag_processing_import_errors) or vector(0))",
        "> 0",
        "5m",
        "critical",
        "{{ $value }} files with DAGs cannot be imported",
        "{{ $value }} fichiers de DAG ne s’importent pas",
    ),
    Rule(
        "TasksFail",
        "(sum(increase(airflow_ti_failures[1h])) or vector(0))",
        "> 5",
        "0s",
        "warning",
        "More than 5 tries of tasks have failed within an hour",
        "Plus de 5 essais de tâches ont échoué en une heure",
    ),
    Rule(
        "TasksStarve",
        "(max(airflow_scheduler_tasks_starving) or vector(0))",
        "> 0",
        "15m",
        "warning",
        "Tasks wait for a free slot of their pool",
        "Des tâches attendent une place libre dans leur pool",
    ),
)


def as_file(rules: tuple[Rule, ...] = RULES) -> str:
    """The rules as Prometheus and vmalert read them."""
    group = {"name": "inlearning", "rules": [_rule(rule) for rule in rules]}
    head = "# Written by `make dashboards` from metrics/rules.py: change them there.\n"
    body: str = yaml.safe_dump({"groups": [group]}, sort_keys=False, allow_unicode=True, width=110)
    return head + body


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "alert": rule.name,
        "expr": rule.expression,
        "for": rule.wait,
        "labels": {"severity": rule.severity},
        "annotations": {
            "summary": rule.said,
            "resume": rule.french,
            "todo": f"docs/monitoring.md#{rule.name.lower()}",
        },
    }
