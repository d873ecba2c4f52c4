// The report's one script. Without it everything is shown; with it rows are filtered, and a page inside the
// Airflow UI follows the UI's theme and language and opens links to Airflow there.
"use strict";
