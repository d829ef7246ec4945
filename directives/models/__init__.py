"""The case, one noun a file."""

from directives.models.address import AddressProblem
from directives.models.assignment import Assignment
from directives.models.attachment import Attachment
from directives.models.deadline import DeadlineEntry, ExtensionRequest
from directives.models.directive import Addressee, Directive, DirectiveUserObjectPermission
from directives.models.document import Document, DocumentRelation
from directives.models.mail import Message, MessageEvent
from directives.models.policy import MailPreference, PolicyStep, ReminderPolicy
from directives.models.reconciliation import Reconciliation
from directives.models.reminder import Occasion, Reminder, ReminderRun
from directives.models.report import Note, ProgressReport, UnitLetter

__all__ = [
    "AddressProblem",
    "Addressee",
    "Assignment",
    "Attachment",
    "DeadlineEntry",
    "Directive",
    "DirectiveUserObjectPermission",
    "Document",
    "DocumentRelation",
    "ExtensionRequest",
    "MailPreference",
    "Message",
    "MessageEvent",
    "Note",
    "Occasion",
    "PolicyStep",
    "ProgressReport",
    "Reconciliation",
    "Reminder",
    "ReminderPolicy",
    "ReminderRun",
    "UnitLetter",
]
