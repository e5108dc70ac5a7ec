from django.apps import AppConfig


class StateConfig(AppConfig):
    name = "analytics.language.state"
    label = "language_state"
