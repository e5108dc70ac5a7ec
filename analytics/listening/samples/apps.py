from django.apps import AppConfig


class SamplesConfig(AppConfig):
    name = "analytics.listening.samples"
