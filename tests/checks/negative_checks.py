"""Finds, by their source, the checks that call a wrapper for refusals at first or second hand."""

from __future__ import annotations

import ast


def checks_that_reach(tree: ast.Module, wrappers: set[str]) -> set[str]:
    """The names of the checks of a module that call one of ``wrappers``, or a function of the module that does."""
    functions = {one.name: one for one in tree.body if isinstance(one, ast.FunctionDef)}
    named = {_check_name(one): one.name for one in functions.values()}
    return {check for check, function in named.items() if check and _reaches(function, functions, wrappers, set())}


def _check_name(function: ast.FunctionDef) -> str:
    for one in function.decorator_list:
        if isinstance(one, ast.Call) and isinstance(one.func, ast.Name) and one.func.id == "check":
            first = one.args[0]
            return str(first.value) if isinstance(first, ast.Constant) else ""
    return ""


def _reaches(name: str, functions: dict[str, ast.FunctionDef], wrappers: set[str], seen: set[str]) -> bool:
    seen.add(name)
    called = {_called(one.func) for one in ast.walk(functions[name]) if isinstance(one, ast.Call)}
    return bool(called & wrappers) or any(
        _reaches(one, functions, wrappers, seen) for one in called if one in functions and one not in seen
    )


def _called(function: ast.expr) -> str:
    """The name of a function, or of a method whatever it is one of."""
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""
