-- Two databases of the one server, each with a role of its own that cannot enter the other.
-- Run once by the image of PostgreSQL, through the socket, when it makes the cluster.
\set ON_ERROR_STOP on
\getenv airflow_password AIRFLOW_DB_PASSWORD
\getenv users_database USERS_DB
\getenv users_role USERS_DB_USER
\getenv users_password USERS_DB_PASSWORD

-- It makes the scratch databases in which the maintenance proves its backups.
CREATE ROLE airflow LOGIN CREATEDB PASSWORD :'airflow_password';
CREATE DATABASE airflow OWNER airflow;
REVOKE ALL ON DATABASE airflow FROM PUBLIC;

CREATE ROLE :"users_role" LOGIN PASSWORD :'users_password';
CREATE DATABASE :"users_database" OWNER :"users_role";
REVOKE ALL ON DATABASE :"users_database" FROM PUBLIC;

-- Nobody logs in as the superuser from outside: only through the socket, inside the container.
ALTER ROLE CURRENT_USER PASSWORD NULL;
