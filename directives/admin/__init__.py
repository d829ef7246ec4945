"""The screens of the case; importing the modules registers them."""

from directives.admin import assignments, directive_list, documents, mails, policies

__all__ = ["assignments", "directive_list", "documents", "mails", "policies"]
