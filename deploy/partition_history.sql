-- Make the history of assignments a table partitioned by the assignment's id, for psql as the owner, with the site stopped.
-- docs/scaling.md says when, and what it costs; tests/scaling/test_partitions.py runs this very file.
--   psql -v bound=1000000 -v next=2000000 -f deploy/partition_history.sql "$DATABASE_OWNER_URL"
-- `bound` is a little above the greatest id of an assignment, `next` where the second partition ends. By id, not by date:
-- the guards look for the row of an id and its version, which must be unique, and an assignment's story stays in one place.
-- The rows are not copied. The partitions lie in a schema of their own, in which the run role may do nothing.
\set ON_ERROR_STOP on
\set table directives_historicalassignment
BEGIN;
SET LOCAL client_min_messages = warning;
LOCK TABLE public.:"table" IN ACCESS EXCLUSIVE MODE;
CREATE SCHEMA IF NOT EXISTS history_parts;
REVOKE ALL ON SCHEMA history_parts FROM PUBLIC;

-- What the new table is to have, as the old one has it.
CREATE TEMPORARY TABLE kept ON COMMIT DROP AS
    SELECT 1 AS step, pg_get_indexdef(indexrelid) AS made FROM pg_index
        WHERE indrelid = ('public.' || :'table')::regclass AND NOT indisprimary
    UNION ALL SELECT 1, format('ALTER TABLE public.%I ADD CONSTRAINT %I %s', :'table', conname, pg_get_constraintdef(oid))
        FROM pg_constraint WHERE conrelid = ('public.' || :'table')::regclass AND contype = 'f'
    UNION ALL SELECT 2, pg_get_triggerdef(oid) FROM pg_trigger
        WHERE tgrelid = ('public.' || :'table')::regclass AND NOT tgisinternal
    UNION ALL SELECT 3, replace(pg_get_triggerdef(oid), 'ON public.' || :'table', 'ON history_parts.' || part) FROM pg_trigger,
        unnest(ARRAY['assignment_1', 'assignment_2', 'assignment_rest']) part
        WHERE tgrelid = ('public.' || :'table')::regclass AND NOT tgisinternal AND tgtype & 32 <> 0
    UNION ALL SELECT 2, format('GRANT %s ON public.%I TO %I', string_agg(privilege_type, ', '), :'table', grantee)
        FROM information_schema.table_privileges
        WHERE table_schema = 'public' AND table_name = :'table' AND grantee <> current_user GROUP BY grantee
    UNION ALL SELECT DISTINCT 2, format('GRANT USAGE ON SEQUENCE public.directives_historicalassignment_key TO %I', grantee)
        FROM information_schema.table_privileges
        WHERE table_schema = 'public' AND table_name = :'table' AND grantee <> current_user;

-- The old table becomes the first partition.
SELECT format('DROP TRIGGER %I ON public.%I', tgname, :'table') FROM pg_trigger
    WHERE tgrelid = ('public.' || :'table')::regclass AND NOT tgisinternal \gexec
SELECT format('ALTER INDEX public.%I RENAME TO %I', relname, left('p1_' || relname, 63)) FROM pg_index
    JOIN pg_class ON pg_class.oid = indexrelid WHERE indrelid = ('public.' || :'table')::regclass \gexec
ALTER TABLE public.:"table" ALTER history_id DROP IDENTITY;
SELECT format('REVOKE ALL ON public.%I FROM %I', :'table', grantee) FROM information_schema.table_privileges
    WHERE table_schema = 'public' AND table_name = :'table' AND grantee <> current_user GROUP BY grantee \gexec
ALTER TABLE public.:"table" RENAME TO assignment_1;
ALTER TABLE public.assignment_1 SET SCHEMA history_parts;
ALTER TABLE history_parts.assignment_1 ADD CONSTRAINT bound CHECK (id < :bound);
CREATE UNIQUE INDEX p1_key ON history_parts.assignment_1 (history_id, id);

CREATE TABLE public.:"table" (LIKE history_parts.assignment_1 INCLUDING DEFAULTS INCLUDING GENERATED)
    PARTITION BY RANGE (id);
CREATE SEQUENCE public.directives_historicalassignment_key OWNED BY public.:"table".history_id;
SELECT setval('public.directives_historicalassignment_key', coalesce(max(history_id), 0) + 1, false)
    FROM history_parts.assignment_1 \g /dev/null
ALTER TABLE public.:"table" ALTER history_id SET DEFAULT nextval('public.directives_historicalassignment_key');
CREATE UNIQUE INDEX directives_historicalassignment_identity ON public.:"table" (history_id, id);
SELECT made FROM kept WHERE step = 1 \gexec
ALTER TABLE public.:"table" ATTACH PARTITION history_parts.assignment_1 FOR VALUES FROM (MINVALUE) TO (:bound);
CREATE TABLE history_parts.assignment_2 PARTITION OF public.:"table" FOR VALUES FROM (:bound) TO (:next);
CREATE TABLE history_parts.assignment_rest PARTITION OF public.:"table" DEFAULT;
SELECT made FROM kept WHERE step = 2 \gexec
-- Whoever empties a partition by its own name asks that partition's triggers only.
SELECT made FROM kept WHERE step = 3 \gexec
COMMIT;
