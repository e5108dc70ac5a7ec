"""The queue as a Django app; its tables live in the public schema."""

from __future__ import annotations

from django.apps import AppConfig


class QueueConfig(AppConfig):
    name = "kernel.queue"
    label = "queue"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from kernel.queue.setup import configure

        configure()
