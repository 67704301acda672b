"""Access and refresh token as HttpOnly cookies, so that no script of a page ever sees them."""

from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.serializers import TokenRefreshSerializer
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.tokens import AccessToken

ACCESS = "access_token"
REFRESH = "refresh_token"


def set_cookies(response, tokens):
    lifetimes = {ACCESS: api_settings.ACCESS_TOKEN_LIFETIME, REFRESH: api_settings.REFRESH_TOKEN_LIFETIME}
    for name, token in tokens.items():
        response.set_cookie(
            name, token, max_age=int(lifetimes[name].total_seconds()), httponly=True, samesite="Strict"
        )


def rotated(request):
    """@raise TokenError: if the refresh cookie is not, or no longer, good"""
    serializer = TokenRefreshSerializer(data={"refresh": request.COOKIES.get(REFRESH, "")})
    serializer.is_valid(raise_exception=True)
    tokens = {ACCESS: serializer.validated_data["access"]}
    if "refresh" in serializer.validated_data:
        tokens[REFRESH] = serializer.validated_data["refresh"]
    return tokens


def is_good(raw_token):
    try:
        return bool(AccessToken(raw_token))
    except TokenError:
        return False
