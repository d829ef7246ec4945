"""The screens of the case; importing the modules registers them."""

from directives.admin import directive_list, documents

__all__ = ["directive_list", "documents"]
