"""The WSGI application that gunicorn serves."""

import gc
import os

from django.core.wsgi import get_wsgi_application

from config.secret import require_secret_key

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
gc.disable()  # until config.apps has all loaded

application = get_wsgi_application()
require_secret_key()
