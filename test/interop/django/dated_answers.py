"""Prints what SimpleJWT answers to a sign-in, and to refreshes every 13 minutes after it, as JSON: for tests without a server."""

import json
import os
import sys
import tempfile
from datetime import datetime, timedelta, timezone
from unittest import mock

os.environ |= {"DJANGO_SETTINGS_MODULE": "settings", "RENEWED_BY": "browser", "ROTATION": sys.argv[1]}
os.environ["DATA_DIRECTORY"] = tempfile.mkdtemp()

import django  # noqa: E402

django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.test import Client  # noqa: E402

call_command("migrate", run_syncdb=True, verbosity=0)
User.objects.create_user("amara", password="amara-pw")
client = Client()


def post(path, content, at):
    """At that time, as SimpleJWT sees it."""
    clock = type("Clock", (datetime,), {"now": lambda tz=None: at})
    with mock.patch("rest_framework_simplejwt.tokens.aware_utcnow", lambda: at), mock.patch("jwt.api_jwt.datetime", clock):
        answer = client.post(path, content, content_type="application/json")
    assert answer.status_code == 200, answer.content
    return answer.json()


# Late in a second: what whole seconds leave out is at its largest.
at = datetime(2027, 1, 15, 8, 0, 0, 900_000, timezone.utc)
answers = [{"at": at.isoformat(), "answer": post("/account/token/", {"username": "amara", "password": "amara-pw"}, at)}]
refresh = answers[0]["answer"]["refresh"]
for _ in range(2):
    at += timedelta(minutes=13)
    answer = post("/account/token/refresh/", {"refresh": refresh}, at)
    refresh = answer.get("refresh", refresh)
    answers.append({"at": at.isoformat(), "answer": answer})
print(json.dumps(answers, indent=2))
