from django.apps import AppConfig
from django.core.checks import register


class LanguageConfig(AppConfig):
    name = "analytics.language"

    def ready(self) -> None:
        from analytics.language.checks import check_language
        from analytics.language.serving import configure_from_settings

        configure_from_settings()
        register(check_language, "language")
