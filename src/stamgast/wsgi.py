"""For gunicorn and other WSGI servers: `gunicorn stamgast.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stamgast.settings")
application = get_wsgi_application()
