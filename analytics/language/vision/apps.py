from django.apps import AppConfig


class VisionConfig(AppConfig):
    name = "analytics.language.vision"
