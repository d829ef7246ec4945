"""The screens of the case; importing the modules registers them."""

from directives.admin import addresses, assignments, directive_list, documents, mails, policies

__all__ = ["addresses", "assignments", "directive_list", "documents", "mails", "policies"]
