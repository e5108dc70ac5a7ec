"""The few calls of the API that the demo makes, as any front end would make them."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx


class CallFailed(RuntimeError):
    """The API answered with an error, or a job failed. The text is the problem's own title and detail."""


class Calls:
    """A client of the API with one key."""

    def __init__(self, base: str, key: str) -> None:
        self._http = httpx.Client(
            base_url=f"{base}/api/v1", headers={"Authorization": f"Bearer {key}"}, timeout=120.0, trust_env=False
        )

    def get(self, path: str, **parameters: Any) -> Any:
        return self._answer(self._http.get(path, params=parameters))

    def post(self, path: str, body: dict[str, Any]) -> Any:
        return self._answer(self._http.post(path, json=body))

    def patch(self, path: str, body: dict[str, Any]) -> Any:
        return self._answer(self._http.patch(path, json=body))

    def upload(self, path: str, *, method: str, files: dict[str, Any], data: dict[str, str] | None = None) -> Any:
        return self._answer(self._http.request(method, path, files=files, data=data))

    def download(self, path: str, target: Path) -> None:
        """Stream a file to disk. Raises CallFailed."""
        with self._http.stream("GET", path) as response:
            if response.status_code != 200:
                response.read()
                self._answer(response)
            with target.open("wb") as file:
                for chunk in response.iter_bytes():
                    file.write(chunk)

    def follow(self, client: str, job: str, told: Callable[[float], None], *, pause_s: float = 0.3) -> dict[str, Any]:
        """Ask for a job until it ends, telling its progress (0..1). Raises CallFailed where it fails."""
        while True:
            state: dict[str, Any] = self.get(f"/clients/{client}/jobs/{job}")
            told(state["progress"])
            if state["state"] == "succeeded":
                return state
            if state["state"] == "failed":
                raise CallFailed(state["error"]["detail"])
            time.sleep(pause_s)

    @staticmethod
    def _answer(response: httpx.Response) -> Any:
        if response.is_success:
            return response.json() if response.content else None
        try:
            problem = response.json()
        except ValueError:
            problem = {"title": response.reason_phrase}
        raise CallFailed(f"{response.status_code} {problem.get('title', '')}: {problem.get('detail', '')}")
