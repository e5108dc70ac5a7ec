"""The operator's admin: entered with password and code, like everything else that people sign in to."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.auth import logout
from django.contrib.auth.views import PasswordChangeView
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

from tenants.people.admin_login import ChangePasswordForm, SignInForm
from tenants.people.sessions import has_lapsed


class OperatorSite(AdminSite):
    """In production only operators with two-factor authentication come in; elsewhere it asks for a code where there
    is one to ask for."""

    site_header = "Operations"
    site_title = "Operations"
    index_title = "Agencies, clients and people"
    login_form = SignInForm
    login_template = "people/admin_login.html"

    def has_permission(self, request: HttpRequest) -> bool:
        user: Any = request.user
        if not user.is_authenticated or not super().has_permission(request):
            return False
        if has_lapsed(request.session):
            logout(request)
            return False
        return user.has_two_factor or not settings.PRODUCTION

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:  # type: ignore[override]
        view = PasswordChangeView.as_view(
            form_class=ChangePasswordForm,
            success_url=reverse("admin:password_change_done", current_app=self.name),
            template_name="registration/password_change_form.html",
            extra_context={**self.each_context(request), **(extra_context or {})},
        )
        return view(request)


site = OperatorSite(name="admin")
