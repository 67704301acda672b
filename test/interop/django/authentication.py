from django.middleware.csrf import CsrfViewMiddleware
from rest_framework.exceptions import PermissionDenied
from rest_framework_simplejwt.authentication import JWTAuthentication

from cookies import ACCESS


class RefusingCsrf(CsrfViewMiddleware):
    def _reject(self, request, reason):
        return reason


class CookieAuthentication(JWTAuthentication):
    """A token in the header, or one in the cookie; then unsafe methods need the CSRF token too."""

    def authenticate(self, request):
        raw_token = request.COOKIES.get(ACCESS)
        if self.get_header(request) is not None or raw_token is None:
            return super().authenticate(request)
        token = self.get_validated_token(raw_token.encode())
        check = RefusingCsrf(lambda _: None)
        check.process_request(request)
        reason = check.process_view(request, None, (), {})
        if reason:
            raise PermissionDenied(f"CSRF Failed: {reason}")
        return self.get_user(token), token
