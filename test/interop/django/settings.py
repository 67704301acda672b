"""A minimal site on Django and SimpleJWT as Debian packages them. What differs from test to test is in the environment."""

import os
import secrets
from datetime import timedelta

SECRET_KEY = secrets.token_urlsafe(48)
DEBUG = False
# Each test has a host name of its own, because cookies know no ports.
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "urls"
USE_TZ = True
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "rest_framework",
    "rest_framework_simplejwt.token_blacklist",
]
MIDDLEWARE = ["django.middleware.csrf.CsrfViewMiddleware"]
if os.environ["RENEWED_BY"] == "server":
    MIDDLEWARE.append("renewing.RenewingMiddleware")
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.path.join(os.environ["DATA_DIRECTORY"], "db.sqlite3"),
        "OPTIONS": {"timeout": 30},
    }
}
# The tables at once, instead of one migration after the other.
MIGRATION_MODULES = {"auth": None, "contenttypes": None, "token_blacklist": None}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Signing in is not what is tested here.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CSRF_COOKIE_SAMESITE = "Strict"
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["authentication.CookieAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
}
rotates = os.environ["ROTATION"] == "on"
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(seconds=float(os.environ.get("ACCESS_LIFETIME_S", 15 * 60))),
    "REFRESH_TOKEN_LIFETIME": timedelta(hours=12),
    "ROTATE_REFRESH_TOKENS": rotates,
    "BLACKLIST_AFTER_ROTATION": rotates,
}
