"""The screens of accounts and of the log of access; the base of all screens is in `base`.

The account's own screen is registered by `steering.admin`, which adds the person's postings to it.
"""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.models import Group

from accounts.admin import access_log  # noqa: F401

# Roles are kept in code (accounts/roles.py), addresses in the account, the provider in the environment; second factors
# and sessions are their person's. None is edited elsewhere.
for model in (EmailAddress, Group, Authenticator, SocialAccount, SocialApp, SocialToken, UserSession):
    if admin.site.is_registered(model):
        admin.site.unregister(model)
