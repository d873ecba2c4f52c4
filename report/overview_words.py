"""The words of the overview and of the page of a gate, in every language; `report.words` reads them."""

from collections.abc import Mapping

from report.said import Said

OVERVIEW_WORDS: Mapping[str, Said] = {
    # Moments.
    "just_now": Said("just now", "à l’instant"),
    "this_morning": Said("{clock} this morning", "ce matin à {clock}"),
    "today": Said("{clock} today", "aujourd’hui à {clock}"),
    "yesterday": Said("{clock} yesterday", "hier à {clock}"),
    "on_day": Said("{clock} on {day}", "le {day} à {clock}"),
    "since": Said("since {moment}", "depuis {moment}"),
    "at_least_since": Said("since at least {moment}", "au moins depuis {moment}"),
    "as_of": Said("As of {moment}", "État : {moment}"),
    # The headline.
    "some_closed": Said(
        "{closed:gate closed|gates closed}, {others:number} open",
        "{closed:porte fermée|portes fermées}, {others:ouverte|ouvertes}",
    ),
    "none_closed": Said(
        "{n:gate open|gates open}, none closed", "{n:porte ouverte|portes ouvertes}, aucune fermée"
    ),
    "holds_back": Said("has held back {holds} {since}: {reason}", "retient {holds} {since} : {reason}"),
    "gate_is_closed": Said("has been closed {since}: {reason}", "est fermée {since} : {reason}"),
    "observed_of": Said("{observed}; required: {threshold}.", "{observed} ; exigé : {threshold}."),
    "nothing_held": Said("Nothing is held back.", "Rien n’est retenu."),
    "last_verdict": Said("Last verdict: {ago}.", "Dernier verdict : {ago}."),
    "gates_warn": Said("{n:gate warns|gates warn}.", "{n:porte émet|portes émettent} des réserves."),
    "missed": Said(
        "{name}: the run that was due at {moment} has not begun",
        "{name} : l’exécution prévue {moment} n’a pas commencé",
    ),
    "missed_paused": Said(
        "The DAG is paused. Unpause it, or delete it if it is not needed any more.",
        "Le DAG est en pause. Réactivez-le, ou supprimez-le s’il ne sert plus.",
    ),
    "missed_broken": Said(
        "The file of the DAG cannot be imported: Airflow says why under Dags.",
        "Le fichier du DAG ne peut pas être importé : Airflow dit pourquoi sous Dags.",
    ),
    "missed_unknown": Said(
        "Look whether an earlier run still goes on, and whether the scheduler runs.",
        "Vérifiez qu’aucune exécution antérieure n’est en cours et que le planificateur tourne.",
    ),
    # Incidents.
    "incidents": Said("Incidents", "Incidents"),
    "open_incidents": Said("Open incidents", "Incidents ouverts"),
    "all_incidents": Said("All incidents", "Tous les incidents"),
    "to_incident": Said(
        "See the incident: since when, and who looks after it.",
        "Voir l’incident : depuis quand, et qui s’en occupe.",
    ),
    # A gate.
    "gates": Said("Gates", "Portes"),
    "open_share": Said("open in the last {n:run|runs}", "ouverte sur {n:exécution|exécutions}"),
    "nearest_limit": Said("Nearest to its limit", "Au plus près de sa limite"),
    "beyond_limit": Said("Beyond its limit", "Au-delà de sa limite"),
    "limit_used": Said("{share} of the margin used", "{share} de la marge utilisée"),
    "no_measure": Said("No check measures a margin", "Aucune vérification ne mesure de marge"),
    "limit_is": Said("limit: {threshold}", "limite : {threshold}"),
    "history_of": Said("Whole history", "Tout l’historique"),
    # Weekly figures.
    "kpis": Said("Weekly figures", "Chiffres de la semaine"),
    "kpis_of": Said(
        "of the last users runs, in the last {n:week|weeks}",
        "des dernières exécutions des utilisateurs, sur {n:semaine|semaines}",
    ),
    "kpi_week": Said("Judged on", "Jugés le"),
    "kpi_runs": Said("{n:run|runs}", "{n:exécution|exécutions}"),
    "kpi_missed": Said("missed", "manqué"),
    "kpi_not_judged": Said("not judged", "non jugé"),
    "kpi_success": Said("Success", "Réussite"),
    "kpi_valid_rows": Said("Valid rows", "Lignes valides"),
    "kpi_run_minutes": Said("Longest run", "Plus longue exécution"),
    "kpi_document_loss": Said("Document loss", "Perte de documents"),
    "kpi_snapshots": Said("Snapshots", "Snapshots"),
    "kpi_alerts_delivered": Said("Alerts delivered", "Alertes remises"),
    # Reasons and trends.
    "reasons": Said("Commonest reasons", "Raisons les plus fréquentes"),
    "reasons_of": Said(
        "in up to {n:run|runs} of each gate", "sur {n:exécution|exécutions} au plus de chaque porte"
    ),
    "no_reasons": Said(
        "No check has failed or warned in these runs.", "Aucune vérification n’a échoué ni averti."
    ),
    "times": Said("{n:time|times}", "{n:fois|fois}"),
    "last_time": Said("last: {ago}", "dernière : {ago}"),
    "trends": Said("Trends", "Tendances"),
    "rows_became": Said("Rows, by what became of them", "Lignes, selon leur sort"),
    "seconds": Said("Duration of the gate", "Durée de la porte"),
    "unit_rows": Said("Rows", "Lignes"),
    "unit_buckets": Said("Buckets compared", "Groupes comparés"),
    "unit_documents": Said("Documents", "Documents"),
    "unit_runs": Said("Runs", "Exécutions"),
    "unit_fields": Said("Fields", "Champs"),
    "count_rows": Said("in", "lues"),
    "count_valid": Said("valid", "valides"),
    "count_rejected": Said("rejected", "rejetées"),
    "count_duplicate": Said("duplicate", "doublons"),
    "count_documents": Said("documents", "documents"),
    "count_source": Said("source", "source"),
    "count_target": Said("target", "cible"),
    "counted": Said("What was counted", "Ce qui a été compté"),
    # Nothing yet, or nothing to be read.
    "nothing_yet": Said("No gate has decided yet", "Aucune porte n’a encore décidé"),
    "nothing_yet_how": Said(
        "As soon as a gate has looked at a batch, its verdict stands here: start a DAG that has a gate, in "
        "Airflow under Dags, or wait for its schedule.",
        "Dès qu’une porte aura examiné un lot, son verdict s’affichera ici : lancez un DAG qui a une porte, "
        "dans Airflow sous Dags, ou attendez son heure.",
    ),
    "database_away": Said("The history cannot be read", "L’historique est illisible"),
    "files_stand": Said(
        "The database does not answer, so no history and no trend is shown. All {n:stored verdict|stored "
        "verdicts} can be opened below.",
        "La base de données ne répond pas : ni historique ni tendance. {n:verdict enregistré reste "
        "lisible|verdicts enregistrés restent lisibles} ci-dessous.",
    ),
    "no_files": Said("No verdict is stored either.", "Aucun verdict n’est enregistré non plus."),
    "more_files": Said("{n:older one|older ones}", "{n:plus ancien|plus anciens}"),
    # The page of a gate.
    "history": Said("History", "Historique"),
    "verdict": Said("Verdict", "Verdict"),
    "time_taken": Said("Duration", "Durée"),
    "what_failed": Said("What failed", "Ce qui a échoué"),
    "nothing_failed": Said("Nothing failed", "Rien n’a échoué"),
    "and_more": Said("and {n:number} more", "et {n:autre|autres}"),
    "all_verdicts": Said("All", "Tous"),
    "from_day": Said("From", "Du"),
    "to_day": Said("To", "Au"),
    "look_up": Said("Search the whole history", "Chercher dans tout l’historique"),
    "shown": Said("{n:verdict|verdicts}", "{n:verdict|verdicts}"),
    "none_match": Said("No verdict matches.", "Aucun verdict ne correspond."),
    "older": Said("Older verdicts", "Verdicts plus anciens"),
    "gate_unknown": Said(
        "No verdict of this gate is stored.", "Aucun verdict de cette porte n’est enregistré."
    ),
}
