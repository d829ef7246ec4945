"""The only writers of the case. Keyword-only, one transaction each; `by` and `at` (an aware instant) are mandatory.

Each locks and re-reads its row, checks the lifecycle table and `access.can`, writes, and lets the database check at
once what it would otherwise check at commit. Refusals are `errors.Refused` and `errors.NotAllowed`.
"""

from directives.services.confirm import confirm, earlier_days
from directives.services.corrections import correct_directive, correct_due_date
from directives.services.decide import (
    choose_answering_unit,
    reissue,
    reopen,
    resume,
    revoke,
    send_back,
    suspend,
    transfer,
)
from directives.services.documents import (
    issue_document,
    relate_documents,
    remove_document_file,
    save_document,
    unrelate_documents,
    void_document,
)
from directives.services.drafts import delete_draft, save_directive, save_draft, set_addressees
from directives.services.extensions import ask_extension, decide_extension
from directives.services.grants import end_view, grant_view
from directives.services.issue import add_units, issue, replace_directive, revoke_directive
from directives.services.letters import LetterData
from directives.services.notes import add_note, name_people
from directives.services.preferences import choose_mails, preference
from directives.services.work import accept, decline, give_back, present_to_head, report, submit, withdraw

__all__ = [
    "LetterData",
    "accept",
    "add_note",
    "add_units",
    "ask_extension",
    "choose_answering_unit",
    "choose_mails",
    "confirm",
    "correct_directive",
    "correct_due_date",
    "decide_extension",
    "decline",
    "delete_draft",
    "earlier_days",
    "end_view",
    "give_back",
    "grant_view",
    "issue",
    "issue_document",
    "name_people",
    "preference",
    "present_to_head",
    "reissue",
    "relate_documents",
    "remove_document_file",
    "reopen",
    "replace_directive",
    "report",
    "resume",
    "revoke",
    "revoke_directive",
    "save_directive",
    "save_document",
    "save_draft",
    "send_back",
    "set_addressees",
    "submit",
    "suspend",
    "transfer",
    "unrelate_documents",
    "void_document",
    "withdraw",
]
