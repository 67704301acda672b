import time
from threading import Lock

from rest_framework_simplejwt.exceptions import TokenError

from cookies import ACCESS, REFRESH, is_good, rotated, set_cookies

KEEP_ALIVE = "/account/session/keep-alive/"
SIGN_OUT = "/account/session/logout/"
# Requests of one page arrive together with the same cookies: all of them get the same new ones.
GRACE_S = 10


class RenewingMiddleware:
    """Renews an access cookie that has expired, whatever is asked for, and at one address in any case."""

    def __init__(self, get_response):
        self.get_response = get_response
        self.renewed = {}
        self.lock = Lock()

    def __call__(self, request):
        tokens = {}
        is_due = request.path == KEEP_ALIVE or not is_good(request.COOKIES.get(ACCESS, ""))
        if REFRESH in request.COOKIES and is_due:
            try:
                tokens = self.renew(request)
                request.COOKIES.update(tokens)
            except TokenError:
                request.COOKIES.pop(ACCESS, None)
        response = self.get_response(request)
        if request.path != SIGN_OUT:
            set_cookies(response, tokens)
        return response

    def renew(self, request):
        spent = request.COOKIES[REFRESH]
        with self.lock:
            now = time.monotonic()
            self.renewed = {token: entry for token, entry in self.renewed.items() if entry[0] > now}
            if spent not in self.renewed:
                self.renewed[spent] = (now + GRACE_S, rotated(request))
            return self.renewed[spent][1]
