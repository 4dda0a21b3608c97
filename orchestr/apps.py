from django.apps import AppConfig


class OrchestrConfig(AppConfig):
    name = "orchestr"
    default_auto_field = "django.db.models.BigAutoField"
