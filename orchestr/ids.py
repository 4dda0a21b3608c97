"""The identity every row shares: a UUIDv7 made by PostgreSQL, so ids sort by time of birth."""

from django.db import models
from django.db.models.functions import UUID7


class Identified(models.Model):
    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)

    class Meta:
        abstract = True
