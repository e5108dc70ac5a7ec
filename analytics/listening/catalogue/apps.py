from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    name = "analytics.listening.catalogue"
