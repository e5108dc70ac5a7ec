"""Why somebody does not get in, or not yet. None of these tells whether an address has an account."""

from __future__ import annotations

from kernel.errors import EarshotError, NotAllowed


class WrongCredentials(EarshotError):
    """The same for an unknown address, a wrong password or code, a locked and a deactivated account."""

    status = 401
    code = "wrong_credentials"
    title = "The address, the password or the code is wrong, or there were too many attempts"


class CodeRequired(EarshotError):
    """The password is right, and this account asks for a code besides."""

    status = 401
    code = "code_required"
    title = "A code of your authenticator is required"


class TwoFactorRequired(NotAllowed):
    code = "two_factor_required"
    title = "Your agency asks for two-factor authentication: switch it on first"


class CsrfFailed(NotAllowed):
    code = "csrf_failed"
    title = "The header X-Csrf-Token is missing or wrong"


class NoAgency(NotAllowed):
    code = "no_agency"
    title = "You have no role in any agency here"


class TooManyEmails(EarshotError):
    """One attempt too many to have an e-mail sent to somebody who did not ask for it."""

    status = 429
    code = "rate_limited"
    title = "Too many e-mails in a short time; try again later"

    def __init__(self, *, retry_after: int) -> None:
        super().__init__()
        self.retry_after = retry_after


class SignUpClosed(NotAllowed):
    code = "sign_up_closed"
    title = "Agencies cannot sign up here by themselves"
