from django.apps import AppConfig


class ForesightConfig(AppConfig):
    name = "analytics.foresight"
