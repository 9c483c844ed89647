"""Options of a command that are the fields of a parameter model: written once, in the model."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection
from typing import Annotated, Any, get_type_hints

import typer
from pydantic import BaseModel
from pydantic.fields import FieldInfo

__all__ = ["field_help", "with_options"]


def field_help(model: type[BaseModel], name: str, more: str = "") -> str:
    """A field's description as a sentence."""
    text = (model.model_fields[name].description or "").rstrip(".")
    return f"{text[:1].upper()}{text[1:]}.{' ' + more if more else ''}"


def with_options(
    model: type[BaseModel],
    *,
    leave_out: Collection[str] = (),
    into: str = "given",
    optional: bool = False,
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command an option for every field of a model.

    Parameters
    ----------
    model : type of BaseModel
        Fields of plain types, with descriptions.
    leave_out : collection of str
        Fields that the command takes in another way.
    into : str
        The command's parameter that takes the values; with another one, a second model's too.
    optional : bool
        Whether `into` has the options alone that were given, for a command whose defaults are
        not the model's.

    Returns
    -------
    callable
        Decorates a command: `into` becomes a dict of the fields' values by name.
    """
    names = [name for name in model.model_fields if name not in leave_out]

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        hints = get_type_hints(command, include_extras=True)
        own = [
            parameter.replace(annotation=hints[parameter.name], kind=inspect.Parameter.KEYWORD_ONLY)
            for parameter in inspect.signature(command).parameters.values()
            if parameter.name != into
        ]

        def run(**values: Any) -> None:
            given = {name: values.pop(name) for name in names}
            if optional:
                given = {name: value for name, value in given.items() if value is not None}
            command(**values, **{into: given})

        added = [
            _parameter(model, name, model.model_fields[name], optional=optional) for name in names
        ]
        everything = sorted([*own, *added], key=lambda p: p.default is not inspect.Parameter.empty)
        run.__signature__ = inspect.Signature(everything)  # type: ignore[attr-defined]
        run.__annotations__ = {p.name: p.annotation for p in everything}
        run.__name__, run.__doc__ = command.__name__, command.__doc__
        run.__module__ = command.__module__
        return run

    return decorate


def _parameter(
    model: type[BaseModel], name: str, field: FieldInfo, *, optional: bool
) -> inspect.Parameter:
    default = inspect.Parameter.empty if field.is_required() else field.get_default()
    flag = f"--{name.replace('_', '-')}"
    switch = isinstance(default, bool) and optional
    if default is True or switch:  # else what is off needs no option to turn it off
        flag += f"/{flag.replace('--', '--no-', 1)}"
    option = typer.Option(flag, help=field_help(model, name), **_limits(field))
    return inspect.Parameter(
        name,
        inspect.Parameter.KEYWORD_ONLY,
        default=None if optional else default,
        annotation=Annotated[field.annotation | None if optional else field.annotation, option],  # type: ignore[operator,unused-ignore]
    )


def _limits(field: FieldInfo) -> dict[str, Any]:
    """The range, where both ends belong to it: the model itself refuses what the rest leaves."""
    if field.annotation not in (int, float):
        return {}
    names = {"ge": "min", "le": "max"}
    return {
        names[key]: getattr(rule, key)
        for rule in field.metadata
        for key in names
        if hasattr(rule, key)
    }
