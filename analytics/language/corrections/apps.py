from django.apps import AppConfig


class CorrectionsConfig(AppConfig):
    name = "analytics.language.corrections"
