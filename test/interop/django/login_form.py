"""A login page of the server's own: a form that is posted, and leads to a page of the app."""

import secrets

from django.contrib.auth import authenticate
from django.http import HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_protect
from rest_framework_simplejwt.tokens import RefreshToken

from cookies import ACCESS, REFRESH, set_cookies

# Not HttpOnly: the page reads it, and no more.
LOGIN_ID = "login_id"
FORM = """<!doctype html><html lang="en"><title>Sign in</title><form method="post">
<input type="hidden" name="csrfmiddlewaretoken" value="{token}">
<input name="username"><input name="password" type="password"><button>Sign in</button></form></html>"""


@csrf_protect
def login(request):
    user = authenticate(request, username=request.POST.get("username"), password=request.POST.get("password"))
    if user is None:
        return HttpResponse(FORM.format(token=get_token(request)))
    target = request.GET.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        target = "/"
    refresh = RefreshToken.for_user(user)
    response = HttpResponseRedirect(target)
    set_cookies(response, {ACCESS: str(refresh.access_token), REFRESH: str(refresh)})
    response.set_cookie(LOGIN_ID, secrets.token_urlsafe(16), samesite="Strict")
    return response
