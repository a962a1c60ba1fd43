"""`tickring install-units`: the service as systemd units, for the machine or for one user."""

import re
import sys
import sysconfig
from pathlib import Path
from typing import Annotated

import typer

from tickring.cli.config_options import end_as_wrong
from tickring.cli.opening import cannot_look
from tickring.cli.unit_advice import next_steps, notes_on
from tickring.cli.unit_files import DEFAULT_USER, SUPERVISOR_PROGRAM, unit_files
from tickring.cli.unit_places import Place, Standing, difference, install, standing_of, user_units_directory
from tickring.cli.unit_plan import is_unit_name, plan_units
from tickring.config.load import Loaded, load_with_origins
from tickring.config.structs import Config
from tickring.errors import ConfigError

__all__ = ["install_units"]

_SYSTEM_UNITS = Path("etc/systemd/system")
_SYSUSERS = Path("etc/sysusers.d")
_SYSTEM_CONFIG = Path("/etc/tickring/tickring.toml")
_USER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,31}")


def install_units(
    for_user: Annotated[
        bool, typer.Option("--user", metavar="", help="For this user's service manager instead of the machine's.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", metavar="", help="Print the files and install nothing.")
    ] = False,
    name: Annotated[
        str, typer.Option("--name", metavar="NAME", help="Of the service and its directories; one per gateway.")
    ] = "tickring",
    config: Annotated[
        Path | None,
        typer.Option("--config", "-c", metavar="FILE", help="The service's TOML file; it need not be there yet."),
    ] = None,
    run_as: Annotated[
        str, typer.Option("--run-as", metavar="USER", help="The machine's service runs as this user.")
    ] = DEFAULT_USER,
    with_gateway: Annotated[
        bool, typer.Option("--with-gateway", metavar="", help="Also a template for IB Gateway under IBC, to be edited.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", metavar="", help="Replace files that differ from those to be installed.")
    ] = False,
    root: Annotated[
        Path, typer.Option("--root", metavar="DIR", help="Install below this directory, for images and packages.")
    ] = Path("/"),
    bin_directory: Annotated[
        Path | None, typer.Option("--bin", metavar="DIR", help="Where tickring-supervisor lies; else this environment.")
    ] = None,
) -> None:
    """Install the service's systemd units; says what to do next. Never starts, stops or enables anything.

    Exit codes: 0 installed or unchanged; 2 could not, or a file that differs stands there (it is shown; --force
    replaces it); 78 wrong configuration.

    [dim]Examples:[/dim]

      sudo tickring install-units
      tickring install-units --user
      tickring install-units --dry-run --name desk --config /etc/tickring/desk.toml
    """
    _refuse_words(name, run_as, for_user=for_user, root=root)
    programs = Path(bin_directory or sysconfig.get_path("scripts")).absolute()
    if not (programs / SUPERVISOR_PROGRAM).exists():
        cannot_look(f"{programs} has no {SUPERVISOR_PROGRAM}; install 'tickring[service,ib]', or name it with --bin")
    file = (config or _default_config(for_user, name)).expanduser().absolute()
    for option, path in (("--config", file), ("--bin", programs)):
        if not str(path).isprintable():
            cannot_look(f"{option} is {str(path)!r}, and a unit file has no room for control characters")
    loaded = _load(file)
    plan = plan_units(
        loaded.config, name=name, bin_directory=programs, config_file=file, for_user=for_user, run_as=run_as
    )
    units = user_units_directory() if for_user else root / _SYSTEM_UNITS
    files = unit_files(plan, units=units, sysusers=root / _SYSUSERS, with_gateway=with_gateway)
    if dry_run:
        typer.echo("\n".join(f"# {file.path}\n{file.text}" for file in files), nl=False)
        return
    try:
        places = [standing_of(file) for file in files]
        _refuse_different(places, force)
        for place in places:
            if place.standing is not Standing.SAME:
                install(place.file)
    except OSError as error:
        next_step = "give --root a directory of yours" if root != Path("/") else "run it as root, or with --user"
        cannot_look(f"{error.filename} cannot be written: {error.strerror}; {next_step}")
    for place in places:
        replaced = "replaced" if place.standing is Standing.DIFFERENT else "installed"
        typer.echo(f"{place.file.path}: {'unchanged' if place.standing is Standing.SAME else replaced}")
    for note in notes_on(plan, loaded):
        typer.echo(f"note: {note}")
    typer.echo("next:\n" + "\n".join(f"  {step}" for step in next_steps(plan, with_gateway=with_gateway)))


def _refuse_words(name: str, run_as: str, *, for_user: bool, root: Path) -> None:
    if not is_unit_name(name):
        cannot_look(f"--name is {name!r}, must be letters, digits, '_', inside also '.' and '-', at most 63")
    if not _USER.fullmatch(run_as):
        cannot_look(f"--run-as is {run_as!r}, must be the name of a user")
    if for_user and (run_as != DEFAULT_USER or root != Path("/")):
        cannot_look("--user installs for whoever runs it; --run-as and --root belong to the machine's service")


def _default_config(for_user: bool, name: str) -> Path:
    if for_user:
        return user_units_directory().parents[1] / name / "tickring.toml"
    return _SYSTEM_CONFIG if name == DEFAULT_USER else _SYSTEM_CONFIG.with_name(f"{name}.toml")


def _load(file: Path) -> Loaded:
    """Return what the service will find there, whatever this shell's environment says."""
    try:
        if not file.exists():
            return Loaded(Config(), {}, None, [])
        return load_with_origins(file, environ={}, overrides={})
    except ConfigError as error:
        end_as_wrong(str(error))
    except OSError as error:
        cannot_look(f"{file} cannot be looked at: {error.strerror}; run it as root, or name another with --config")


def _refuse_different(places: list[Place], force: bool) -> None:
    different = [place for place in places if place.standing is Standing.DIFFERENT]
    if not different or force:
        return
    for place in different:
        sys.stderr.write(difference(place))
    names = ", ".join(str(place.file.path) for place in different)
    cannot_look(f"another {names} stands there, see above; keep it, or replace it with --force. Nothing was installed")
