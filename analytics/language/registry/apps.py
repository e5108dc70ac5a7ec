from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "analytics.language.registry"
