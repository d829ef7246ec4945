"""What the database guards of the case: the lifecycle table, one live lead, the content of mails."""

from __future__ import annotations

from accounts.audit import guards
from directives.lifecycle import allowed_pairs


def one_live_lead_sql() -> str:
    """An issued joint directive has exactly one live lead at each commit (at most one: a unique index).

    Asked when a directive becomes one, and when a lead changes: nothing else can leave it without.
    """
    return f"""
CREATE OR REPLACE FUNCTION directive_has_lead() RETURNS trigger LANGUAGE plpgsql {guards.SEARCH_PATH} AS $$
DECLARE wanted bigint;
BEGIN
    IF TG_TABLE_NAME = 'directives_directive' THEN wanted := NEW.id; ELSE wanted := NEW.directive_id; END IF;
    IF EXISTS (SELECT 1 FROM public.directives_directive d
               WHERE d.id = wanted AND d.state = 'issued' AND d.mode = 'joint')
       AND NOT EXISTS (SELECT 1 FROM public.directives_assignment a
               WHERE a.directive_id = wanted AND a.part = 'lead' AND a.status NOT IN ('revoked', 'transferred'))
    THEN RAISE EXCEPTION 'directives_directive %: an issued joint directive needs one live lead', wanted
        USING ERRCODE = 'check_violation'; END IF;
    RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS guard_lead ON directives_directive;
CREATE CONSTRAINT TRIGGER guard_lead AFTER INSERT OR UPDATE OF state, mode ON directives_directive
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION directive_has_lead();
DROP TRIGGER IF EXISTS guard_lead ON directives_assignment;
CREATE CONSTRAINT TRIGGER guard_lead AFTER UPDATE OF status, part, directive_id ON directives_assignment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.part = 'lead' OR NEW.part = 'lead')
    EXECUTE FUNCTION directive_has_lead();
"""


def parts_fit_sql() -> str:
    """At its commit a new assignment is of a directive that was issued, and its part is one of the directive's mode."""
    return f"""
CREATE OR REPLACE FUNCTION assignment_fits() RETURNS trigger LANGUAGE plpgsql {guards.SEARCH_PATH} AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM public.directives_directive d WHERE d.id = NEW.directive_id
        AND d.state <> 'draft' AND (d.mode = 'each') = (NEW.part = 'each'))
    THEN RAISE EXCEPTION 'directives_assignment %: its directive is a draft or of another mode', NEW.id
        USING ERRCODE = 'check_violation'; END IF;
    RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS guard_part ON directives_assignment;
CREATE CONSTRAINT TRIGGER guard_part AFTER INSERT ON directives_assignment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION assignment_fits();
"""


def immutable_mail_sql() -> str:
    """Recipient and content of a mail stay as they were composed; mails are never deleted.

    A statement that names none of these columns cannot change them: the three of each delivery need not read the text.
    """
    from directives.models import Message

    columns = ", ".join(f'"{column}"' for column in Message.IMMUTABLE)
    same = " AND ".join(f'NEW."{column}" IS NOT DISTINCT FROM OLD."{column}"' for column in Message.IMMUTABLE)
    return f"""
CREATE OR REPLACE FUNCTION message_immutable() RETURNS trigger LANGUAGE plpgsql {guards.SEARCH_PATH} AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF {same} THEN RETURN NEW; END IF;
    END IF;
    RAISE EXCEPTION 'directives_message: recipient and content of a composed mail cannot change'
        USING ERRCODE = 'check_violation';
END $$;
CREATE OR REPLACE TRIGGER guard_content BEFORE DELETE OR UPDATE OF {columns}
    ON directives_message
    FOR EACH ROW EXECUTE FUNCTION message_immutable();
CREATE OR REPLACE TRIGGER guard_truncate BEFORE TRUNCATE ON directives_message
    FOR EACH STATEMENT EXECUTE FUNCTION message_immutable();
"""


def register() -> None:
    """Tell the audit room what to guard; called when the app is ready."""
    from directives.models import Assignment, Directive, Document, ExtensionRequest

    guards.guard(
        guards.Guard(
            Assignment,
            "status",
            allowed_pairs(),
            conditions=(
                ("OLD.directive_id = NEW.directive_id", "its directive cannot change"),
                ("OLD.unit_id = NEW.unit_id", "its unit cannot change; transfer makes a new row"),
                ("OLD.part = NEW.part", "its part cannot change"),
                ("OLD.period = NEW.period", "its period cannot change"),
                (
                    """OLD.status <> 'suspended'
                    OR NEW.status IN ('suspended', 'revoked', 'transferred', OLD.status_before)""",
                    "a resume leads back to the status before",
                ),
            ),
        )
    )
    issued_or_void = frozenset({("", "draft"), ("draft", "issued"), ("issued", "void")})
    guards.guard(guards.Guard(Directive, "state", issued_or_void, deletable=frozenset({"draft"})))
    guards.guard(guards.Guard(Document, "state", issued_or_void, deletable=frozenset({"draft"})))
    decided = frozenset(
        {("", "open")} | {("open", s) for s in ("granted", "other_date", "refused", "lapsed")}
    )
    guards.guard(guards.Guard(ExtensionRequest, "state", decided))
    guards.extra_sql("one_live_lead", one_live_lead_sql)
    guards.extra_sql("parts_fit", parts_fit_sql)
    guards.extra_sql("immutable_mail", immutable_mail_sql)
