"""People, their roles, and how they get in."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.utils.crypto import salted_hmac

from kernel.ids import PublicIdField
from tenants.models.agencies import Agency
from tenants.models.clients import Client
from tenants.models.roles import Role


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
    failed_logins = models.PositiveIntegerField(default=0, editable=False, help_text="In a row.")
    locked_until = models.DateTimeField(null=True, blank=True)
    totp_secret = models.BinaryField(null=True, blank=True, help_text="Sealed by the master key.")
    totp_confirmed_at = models.DateTimeField(null=True, blank=True)
    totp_last_step = models.BigIntegerField(default=0, editable=False, help_text="No code is taken twice.")
    recovery_digests = models.JSONField(default=list, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def has_two_factor(self) -> bool:
        return self.totp_confirmed_at is not None

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What a session is checked against at each request: it ends when the password changes or two-factor
        authentication is switched on or off."""
        state = f"{self.password}:{self.totp_confirmed_at.timestamp() if self.totp_confirmed_at else ''}"
        return salted_hmac("tenants.User.session", state, secret=secret, algorithm="sha256").hexdigest()


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


class Invitation(models.Model):
    """An offer of a role, sent by e-mail. The link's token is derived from `nonce` and the server's secret key, so
    that neither the database nor a message holds it."""

    id = PublicIdField("inv")
    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="invitations")
    client = models.ForeignKey(Client, on_delete=models.CASCADE, null=True, blank=True, related_name="invitations")
    email = models.EmailField()
    role = models.CharField(max_length=16, choices=Role.choices)
    nonce = models.CharField(max_length=32, editable=False)
    invited_by = models.CharField(max_length=40, help_text="Public id of the key or person.")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return str(self.pk)


class AttemptWindow(models.Model):
    """How often something was tried from one network address, or for one e-mail address, since `began_at`. Holds no
    address, only an HMAC of it."""

    digest = models.CharField(max_length=64, primary_key=True)
    began_at = models.DateTimeField(db_index=True)
    attempts = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.digest[:12]} {self.attempts}"
