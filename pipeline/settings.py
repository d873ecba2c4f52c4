"""Settings from the environment: read when somebody asks for them, and wrong ones told in one line."""

import re
from typing import Any

from pydantic import ValidationError
from pydantic_settings import BaseSettings

from pipeline.errors import FatalError


class WrongSettingsError(FatalError):
    """Variables of the environment that cannot be used.

    reasons: per wrong field what is allowed. lines: one per variable: its name, what is allowed, what it is.
    """

    def __init__(self, model: type[BaseSettings], invalid: ValidationError) -> None:
        self.reasons = {str(error["loc"][0]): error["msg"] for error in invalid.errors()}
        self.lines = tuple(
            f"{_variable(model, str(error['loc'][0]))}: {error['msg']} (is: {_shown(error['input'])})."
            for error in invalid.errors()
        )
        super().__init__(" ".join([*self.lines, "See .env.example."]))


class Settings(BaseSettings):
    """Base of the settings of every package."""

    def __init__(self, **values: Any) -> None:
        """Read the environment; values given here stand before it.

        Raises:
            WrongSettingsError: a variable cannot be used.
        """
        try:
            super().__init__(**values)
        except ValidationError as invalid:
            raise WrongSettingsError(type(self), invalid) from None


def _shown(value: object) -> str:
    """A wrong value, without the login that an address may hold."""
    return re.sub(r"//[^/\s]*@", "//…@", str(value))


def _variable(model: type[BaseSettings], field: str) -> str:
    """The environment variable behind a field, which an error names by the field's name or by its alias."""
    alias = model.model_fields[field].alias if field in model.model_fields else field
    return alias or f"{model.model_config['env_prefix']}{field}".upper()
