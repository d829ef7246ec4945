"""Nothing is served without a secret key, whichever process starts."""

from django.conf import settings


def require_secret_key() -> str:
    """Return the secret key; raises ImproperlyConfigured when it is empty.

    Django asks for it late, at the first session: a server would start and answer 500 to everyone.
    """
    key: str = settings.SECRET_KEY
    return key
