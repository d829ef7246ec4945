"""The screens of accounts and of the log of access; the base of all screens is in `base`.

The account's own screen is registered by `steering.admin`, which adds the person's postings to it.
"""

from allauth.account.models import EmailAddress
from django.contrib import admin
from django.contrib.auth.models import Group

from accounts.admin import access_log  # noqa: F401

# Roles are kept in code (accounts/roles.py), addresses in the account: neither is edited elsewhere.
for model in (EmailAddress, Group):
    if admin.site.is_registered(model):
        admin.site.unregister(model)
