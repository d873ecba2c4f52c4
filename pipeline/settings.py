"""What is wrong with settings from the environment, in lines that name the variables.

For whoever reads settings: the steps in Airflow and every command line.
"""

from pydantic import ValidationError
from pydantic_settings import BaseSettings


def wrong_settings(invalid: ValidationError) -> tuple[str, ...]:
    """One line per wrong variable: its name, what is allowed, what it is; empty for other models."""
    model = {model.__name__: model for model in BaseSettings.__subclasses__()}.get(invalid.title)
    if model is None:
        return ()
    return tuple(
        f"{_variable(model, str(error['loc'][0]))}: {error['msg']} (is: {error['input']})."
        for error in invalid.errors()
    )


def _variable(model: type[BaseSettings], field: str) -> str:
    """The environment variable behind a field, which an error names by the field's name or by its alias."""
    alias = model.model_fields[field].alias if field in model.model_fields else field
    return alias or f"{model.model_config['env_prefix']}{field}".upper()
