import os

from django.core.wsgi import get_wsgi_application

from config.embedded import processes, supervisor

if supervisor.MARK in os.environ:
    # Killed with `up`, granian leaves its workers behind; one that still loads does not hear a gentler signal.
    processes.end_with_leader()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()
