"""Counts how often a refresh token was used that stood on SimpleJWT's blacklist."""

from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import BlacklistMixin

original = BlacklistMixin.check_blacklist
uses = []


def check_blacklist(token):
    try:
        original(token)
    except TokenError:
        uses.append(token["jti"])
        raise


def watch():
    BlacklistMixin.check_blacklist = check_blacklist


def count():
    return len(uses)
