from django.apps import AppConfig


class AspectsConfig(AppConfig):
    name = "analytics.language.aspects"
