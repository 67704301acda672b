from django.urls import path
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from rest_framework_simplejwt.views import TokenBlacklistView, TokenObtainPairView, TokenRefreshView

import blacklisted_uses
import cookie_session
import login_form


class Me(APIView):
    def get(self, request):
        return Response({"subject": str(request.user.pk), "name": request.user.first_name})


class Patients(APIView):
    def get(self, request):
        return Response({"patients": []})

    def post(self, request):
        return Response({}, status=201)


class Counts(APIView):
    """What the tests look at."""

    permission_classes = [AllowAny]
    authentication_classes = []

    def get(self, request):
        return Response(
            {
                "outstanding": OutstandingToken.objects.count(),
                "blacklisted": BlacklistedToken.objects.count(),
                "blacklistedUses": blacklisted_uses.count(),
            }
        )


urlpatterns = [
    path("account/token/", TokenObtainPairView.as_view()),
    path("account/token/refresh/", TokenRefreshView.as_view()),
    path("account/token/blacklist/", TokenBlacklistView.as_view()),
    path("account/login/", login_form.login),
    path("account/page/", cookie_session.Page.as_view()),
    path("account/session/login/", cookie_session.Login.as_view()),
    path("account/session/refresh/", cookie_session.Refresh.as_view()),
    path("account/session/keep-alive/", cookie_session.KeepAlive.as_view()),
    path("account/session/logout/", cookie_session.Logout.as_view()),
    path("account/me/", Me.as_view()),
    path("api/ward/patients", Patients.as_view()),
    path("fixture/counts", Counts.as_view()),
]
