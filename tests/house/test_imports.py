"""Who may import whom."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest
from importlinter.cli import lint_imports

from house.plan import REPOSITORY, modules, shown, tree


def test_imports_point_down(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(REPOSITORY)
    ended_with = lint_imports(config_filename="pyproject.toml", no_cache=True, no_logo=True)
    assert ended_with == 0, capsys.readouterr().out


def _imported(file: ast.Module) -> set[str]:
    names = set()
    for node in ast.walk(file):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add(node.module or "")
    return names


def test_the_kernel_knows_the_standard_library_only() -> None:
    files = modules("kernel/**/*.py")
    assert files
    strangers = {
        f"{shown(path)}: {name}"
        for path in files
        for name in _imported(tree(path))
        if name.split(".")[0] not in sys.stdlib_module_names
        and not name.startswith("stamgast.kernel")
    }
    assert not strangers


def test_help_loads_no_heavy_module() -> None:
    """`--help` answers at once only while no command imports something large at its top."""
    heavy = {"django", "numba", "numpy", "ibis", "duckdb", "pyarrow", "altair", "scipy", "pandas"}
    ask_for_help = (
        "import sys; from click.testing import CliRunner; from stamgast.cli import stamgast; "
        "assert 'import' in CliRunner().invoke(stamgast, ['--help']).output; "
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    answer = subprocess.run(
        [sys.executable, "-c", ask_for_help], capture_output=True, text=True, check=True
    )
    assert not heavy & set(answer.stdout.split())
