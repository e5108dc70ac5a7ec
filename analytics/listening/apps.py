from django.apps import AppConfig
from django.conf import settings

from analytics.listening.engine import cache


class ListeningConfig(AppConfig):
    name = "analytics.listening"

    def ready(self) -> None:
        cache.choose(settings.CACHE_ROOT)
