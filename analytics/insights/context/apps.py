from django.apps import AppConfig


class ContextConfig(AppConfig):
    name = "analytics.insights.context"
