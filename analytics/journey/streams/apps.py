from django.apps import AppConfig


class StreamsConfig(AppConfig):
    name = "analytics.journey.streams"
