"""The forms by which operators sign in to the admin and change their password."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm, AdminPasswordChangeForm
from django.core.exceptions import ValidationError

from kernel.errors import ValidationFailed
from tenants.people.problems import CodeRequired, WrongCredentials
from tenants.people.signing_in import prove, sign_in


class ChangePasswordForm(AdminPasswordChangeForm):
    """Guesses at the old password count as failed attempts here too."""

    def clean_old_password(self) -> str:
        old: str = self.cleaned_data["old_password"]
        try:
            prove(self.user, password=old)
        except ValidationFailed as problem:
            raise ValidationError(problem.detail, code="password_incorrect") from None
        return old


class SignInForm(AdminAuthenticationForm):
    """Signs in as the API does: the same lock-out, the same second factor, the same answer to all that is wrong."""

    code = forms.CharField(
        label="Code",
        required=False,
        max_length=32,
        help_text="Of your authenticator, or a recovery code.",
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code"}),
    )

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        email, password = data.get("username"), data.get("password")
        if not email or not password:
            return data
        try:
            user = sign_in(email=email, password=password, code=data.get("code") or None)
        except (WrongCredentials, CodeRequired) as problem:
            raise ValidationError(problem.detail, code=problem.code) from None
        self.user_cache = user
        self.confirm_login_allowed(user)
        return data
