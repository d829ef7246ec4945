"""The case, one noun a file."""

from directives.models.assignment import Assignment
from directives.models.attachment import Attachment
from directives.models.deadline import DeadlineEntry, ExtensionRequest
from directives.models.directive import Addressee, Directive, DirectiveUserObjectPermission
from directives.models.document import Document, DocumentRelation
from directives.models.mail import Message, MessageEvent
from directives.models.reminder import PolicyStep, Reminder, ReminderPolicy, ReminderRun
from directives.models.report import Note, ProgressReport, UnitLetter

__all__ = [
    "Addressee",
    "Assignment",
    "Attachment",
    "DeadlineEntry",
    "Directive",
    "DirectiveUserObjectPermission",
    "Document",
    "DocumentRelation",
    "ExtensionRequest",
    "Message",
    "MessageEvent",
    "Note",
    "PolicyStep",
    "ProgressReport",
    "Reminder",
    "ReminderPolicy",
    "ReminderRun",
    "UnitLetter",
]
