from django.apps import AppConfig


class TenantsConfig(AppConfig):
    name = "tenants"
    verbose_name = "Agencies and clients"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in

        from tenants.people.sessions import stamp

        user_logged_in.connect(stamp, dispatch_uid="tenants.people.sessions.stamp")
