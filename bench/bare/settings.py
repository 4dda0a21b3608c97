"""The product's settings with the least middleware and two addresses of its own."""

from orchestr.settings import *  # noqa: F403

MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
ROOT_URLCONF = "bench.bare.urls"
