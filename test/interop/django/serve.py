"""Serves the site on a free port of 127.0.0.1, which it prints, until its standard input ends."""

import os
import sys
import threading
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

os.environ["DJANGO_SETTINGS_MODULE"] = "settings"

import django  # noqa: E402

django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402

import blacklisted_uses  # noqa: E402


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class QuietHandler(WSGIRequestHandler):
    def log_message(self, *_):
        pass


call_command("migrate", run_syncdb=True, verbosity=0)
for name in ("amara", "ben"):
    User.objects.create_user(name, password=f"{name}-pw", first_name=name.title())
blacklisted_uses.watch()
server = make_server("127.0.0.1", 0, get_wsgi_application(), Server, QuietHandler)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_port, flush=True)
# Whoever started it holds the other end: it never outlives them.
sys.stdin.read()
