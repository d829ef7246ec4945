-- The two roles and the database of Đôn đốc, for psql as a superuser. Rendered by `manage.py setup_roles --sql`.
--   psql -v owner=dondoc_owner -v run=dondoc_run -v database=dondoc -d postgres -f deploy/roles.sql
-- Then \password dondoc_owner and \password dondoc_run, and `manage.py migrate` as the owner (DATABASE_OWNER_URL).
-- Repeating it puts right what was changed.
\set ON_ERROR_STOP on


-- The owner role, unless it is there.
SELECT format('CREATE ROLE %I', :'owner') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'owner') \gexec

-- The run role, unless it is there.
SELECT format('CREATE ROLE %I', :'run') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'run') \gexec

-- What each may do with the server.
ALTER ROLE :"owner" LOGIN NOSUPERUSER NOCREATEROLE NOBYPASSRLS NOREPLICATION NOCREATEDB;
ALTER ROLE :"run" LOGIN NOSUPERUSER NOCREATEROLE NOBYPASSRLS NOREPLICATION NOCREATEDB;

-- The run role may become nobody else.
SELECT format('REVOKE %I FROM %I', held.rolname, :'run') FROM pg_auth_members m JOIN pg_roles held ON held.oid = m.roleid JOIN pg_roles r ON r.oid = m.member WHERE r.rolname = :'run' \gexec

-- The database, unless it is there; from PostgreSQL 17 with its own UTF-8 character type.
SELECT format('CREATE DATABASE %I OWNER %I TEMPLATE template0 ENCODING ''UTF8''%s', :'database', :'owner', CASE WHEN current_setting('server_version_num')::int >= 170000 THEN ' LOCALE_PROVIDER builtin BUILTIN_LOCALE ''C.UTF-8''' ELSE '' END) WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \gexec
ALTER DATABASE :"database" OWNER TO :"owner";

-- Nobody else connects.
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"database" TO :"run";

-- From here on in the database itself.
\connect :"database"

-- The run role creates nothing.
REVOKE ALL ON SCHEMA public FROM PUBLIC;
REVOKE ALL ON SCHEMA public FROM :"run";
GRANT USAGE ON SCHEMA public TO :"run";

-- It works with the rows of what the owner creates; the guards take away what is too much.
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO :"run";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO :"run";
