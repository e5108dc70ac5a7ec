"""The public schema: agencies, their clients (each a schema of its own), people, keys, brands, and the audit log."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.validators import RegexValidator
from django.db import models
from django_tenants.models import DomainMixin, TenantMixin

from kernel.ids import PublicIdField

hex_colour = RegexValidator(r"^#[0-9a-fA-F]{6}$", "A colour is written #rrggbb.")


class Role(models.TextChoices):
    """What a person or a key may do; each role may do all that the ones after it may."""

    OWNER = "owner", "Owner"
    MANAGER = "manager", "Manager"
    ANALYST = "analyst", "Analyst"
    VIEWER = "viewer", "Viewer"


class Agency(models.Model):  # type: ignore[django-manager-missing]  # Client's base has no types
    id = PublicIdField("agy")
    name = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "agencies"

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in, known by e-mail address."""

    id = PublicIdField("usr")
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return str(self.pk)


class Client(TenantMixin):  # type: ignore[misc]
    """An agency's customer account: one tenant schema, and one data key that everything personal hangs on."""

    class Status(models.TextChoices):
        CREATING = "creating", "Being set up"
        ACTIVE = "active", "Active"
        DELETING = "deleting", "Deletion requested"

    id = PublicIdField("cli")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="clients")
    name = models.CharField(max_length=200)
    locale = models.CharField(max_length=35, default="en-GB")
    time_zone = models.CharField(max_length=64, default="UTC")
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.CREATING)
    cluster = models.CharField(max_length=63, default="default", help_text="Database alias that holds the schema.")
    wrapped_key = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    deletion_requested_at = models.DateTimeField(null=True, blank=True)
    deletion_token_digest = models.CharField(max_length=64, blank=True, editable=False)

    # Schemas are made and dropped by `tenants.services`, never as a side effect of save() or delete().
    auto_create_schema = False
    auto_drop_schema = False

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [models.Index(fields=["agency", "-id"])]

    def __str__(self) -> str:
        return self.name


class Domain(DomainMixin):  # type: ignore[misc]
    """A host name under which one client's people reach their own data."""


class Membership(models.Model):
    """A person's role in an agency, or in one of its clients where `client` is set."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="memberships")
    client = models.ForeignKey(Client, on_delete=models.CASCADE, null=True, blank=True, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role.choices)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "agency", "client"], name="one_role_per_place", nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role}"


class ApiKey(models.Model):
    """A credential of an agency: a looked-up prefix and the SHA-256 of 256 random bits. Bound to `clients` where
    there are any, else good for all of the agency's clients."""

    id = PublicIdField("key")
    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=16, unique=True)
    digest = models.CharField(max_length=64)
    role = models.CharField(max_length=16, choices=Role.choices)
    clients = models.ManyToManyField(Client, blank=True, related_name="api_keys")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class Branding(models.Model):
    """How reports look: an agency's own brand, or the brand for one client where `client` is set."""

    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="brandings")
    client = models.OneToOneField(Client, on_delete=models.CASCADE, null=True, blank=True, related_name="branding")
    name = models.CharField(max_length=200)
    primary = models.CharField(max_length=7, default="#1f3a5f", validators=[hex_colour])
    accent = models.CharField(max_length=7, default="#d97706", validators=[hex_colour])
    logo = models.BinaryField(null=True, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["agency", "client"], name="one_brand_per_place", nulls_distinct=False),
        ]

    def __str__(self) -> str:
        return self.name


class AuditEvent(models.Model):
    """Who did what to which client. Append-only, and never about a person's data."""

    id = PublicIdField("aud")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="audit_events")
    client_id_text = models.CharField("client", max_length=40, blank=True)
    actor = models.CharField(max_length=40, help_text="Public id of the key or person, or `system`.")
    action = models.CharField(max_length=64)
    detail = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [models.Index(fields=["agency", "-id"])]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.action}"


class SchemaImage(models.Model):
    """The schema that one version of the code gives a new client, as SQL; see `tenants.schema.template`."""

    digest = models.CharField(max_length=64, primary_key=True)
    statements = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.digest[:12]
