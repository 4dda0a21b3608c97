"""The people's side by its addresses."""

from django.urls import path

from reviews import sign_in

urlpatterns = [
    path("login/", sign_in.sign_in, name="login"),
    path("logout/", sign_in.sign_out, name="logout"),
]
