"""Endpoints of a session that is all in cookies."""

from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_protect, ensure_csrf_cookie
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.exceptions import InvalidToken, TokenError
from rest_framework_simplejwt.serializers import TokenObtainPairSerializer
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from cookies import ACCESS, REFRESH, rotated, set_cookies
from login_form import LOGIN_ID


def answer(raw_access_token):
    """What a page may know: how long, and who."""
    token = AccessToken(raw_access_token)
    return {"expires_in": max(token["exp"] - token.current_time.timestamp(), 0.001), "subject": str(token["user_id"])}


@method_decorator(ensure_csrf_cookie, name="dispatch")
class Page(APIView):
    """Stands for the site's own pages, which set the CSRF cookie."""

    permission_classes = [AllowAny]
    authentication_classes = []

    def get(self, request):
        return Response(status=204)


@method_decorator(csrf_protect, name="dispatch")
class Login(APIView):
    permission_classes = [AllowAny]
    authentication_classes = []

    def post(self, request):
        serializer = TokenObtainPairSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        tokens = {ACCESS: serializer.validated_data["access"], REFRESH: serializer.validated_data["refresh"]}
        response = Response({**answer(tokens[ACCESS]), "name": serializer.user.first_name})
        set_cookies(response, tokens)
        return response


@method_decorator(csrf_protect, name="dispatch")
class Refresh(APIView):
    """The browser asks."""

    permission_classes = [AllowAny]
    authentication_classes = []

    def post(self, request):
        if REFRESH not in request.COOKIES:
            raise InvalidToken()
        try:
            tokens = rotated(request)
        except TokenError as error:
            raise InvalidToken(error.args[0])
        response = Response(answer(tokens[ACCESS]))
        set_cookies(response, tokens)
        return response


class KeepAlive(APIView):
    """The middleware has renewed; this only says for how long."""

    def post(self, request):
        return Response(answer(request.COOKIES[ACCESS]))


@method_decorator(csrf_protect, name="dispatch")
class Logout(APIView):
    permission_classes = [AllowAny]
    authentication_classes = []

    def post(self, request):
        try:
            RefreshToken(request.COOKIES.get(REFRESH, "")).blacklist()
        except TokenError:
            pass  # It is over already.
        response = Response(status=204)
        for name in (ACCESS, REFRESH, LOGIN_ID):
            response.delete_cookie(name, samesite="Strict")
        return response
