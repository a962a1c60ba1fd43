"""The stream's status in one document: asked of the supervisor, else told from what stands without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tickring.api.schemas import StreamStatusDocument, SupervisorLook
from tickring.api.segment_words import look_at_segment, stream_look, told_stream
from tickring.control.messages import EpisodeList, Episodes
from tickring.errors import (
    ApiRefused,
    BadReply,
    ControlError,
    ControlNotPermitted,
    SupervisorNotRunning,
    SupervisorSilent,
    TickringError,
)
from tickring.iso_time import iso_now

if TYPE_CHECKING:
    from typing import Literal

    from tickring.api.context import ApiContext
    from tickring.control.messages import SupervisorReport
    from tickring.episodes import Episode
    from tickring.feeder_status import FeederStatus

__all__ = ["stream_status"]


async def stream_status(context: ApiContext) -> StreamStatusDocument:
    """Return the document; never raises for want of a supervisor, a segment or a feeder."""
    try:
        report = await context.supervisor.report()
        return _told(report, await _open_now(context, report))
    except SupervisorNotRunning as error:
        return _untold(context, "not_running", error)
    except ControlNotPermitted as error:
        return _untold(context, "not_permitted", error)
    except (SupervisorSilent, BadReply, ApiRefused) as error:
        return _untold(context, "silent", error)


def _open_episodes(feeder: FeederStatus | None) -> tuple[Episode, ...]:
    """Return what goes on now, as the feeder says."""
    return () if feeder is None else tuple(one for one in feeder.episodes if one.closed_at is None)


async def _open_now(context: ApiContext, report: SupervisorReport) -> tuple[Episode, ...]:
    try:
        told = await context.supervisor.ask(Episodes(), EpisodeList)
    except (ControlError, BadReply, ApiRefused):  # it has ended meanwhile, or is of another release
        return _open_episodes(report.feeder)
    return tuple(one for one in told.episodes if one.closed_at is None)


def _told(report: SupervisorReport, episodes: tuple[Episode, ...]) -> StreamStatusDocument:
    return StreamStatusDocument(
        stream=told_stream(report.stream),
        run=report.run,
        children=report.children,
        feeder=report.feeder,
        supervisor_alive=True,
        supervisor=SupervisorLook(
            state="running",
            pid=report.pid,
            started_at=report.started_at,
            uptime_s=report.uptime_s,
            version=report.version,
        ),
        episodes=episodes,
        api_mode=report.api_mode,
        segment=report.segment,
        epoch=report.epoch,
        gateway=report.gateway,
        notes=report.notes,
        at=report.at,
    )


def _untold(
    context: ApiContext, state: Literal["silent", "not_running", "not_permitted"], error: TickringError
) -> StreamStatusDocument:
    config = context.config
    look = look_at_segment(
        context.segment, data_limit_s=config.stream.data_limit_s, is_supervised=state != "not_running"
    )
    is_present = look.feeder is not None and look.header is not None and look.feeder.epoch == look.header.epoch
    return StreamStatusDocument(
        stream=stream_look(look.words),
        run=None,
        children=look.children,
        feeder=look.feeder,
        supervisor_alive=False,
        supervisor=SupervisorLook(state=state, why=str(error)),
        episodes=_open_episodes(look.feeder) if is_present else (),
        api_mode=config.stream.api_mode,
        segment=str(config.segment.name),
        epoch=None if look.header is None else look.header.epoch,
        gateway=None,
        notes=() if look.fault is None else (look.fault,),
        at=iso_now(),
    )
