"""What workers say of the engine, in the public schema: API servers need not load it to know."""

from __future__ import annotations

from django.db import models


class EngineState(models.Model):
    """One row: what the worker that started last found."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    wanted = models.CharField(max_length=40, help_text="The kind of engine that the settings name.")
    model_id = models.CharField(max_length=120, help_text="What serves.")
    problem = models.CharField(max_length=40, blank=True, help_text="Why another one serves than the settings name.")
    detail = models.CharField(max_length=300, blank=True)
    told_at = models.DateTimeField()

    class Meta:
        constraints = (models.CheckConstraint(condition=models.Q(id=1), name="one_engine_state"),)

    def __str__(self) -> str:
        return self.model_id
