/** What the card says of the stream, from the newest of what socket and status tell. Pure. */

import type { StatusAnswer } from "../api/types";
import type { StatusUpdate } from "../live/messages";

export interface StreamLook {
  readonly status: "connected" | "degraded" | "disconnected" | "unknown";
  readonly state: string | null;
  readonly code: string | null;
  readonly cause: string;
  readonly since: string | null;
  readonly mode: string | null;
  readonly health: string | null;
  readonly desired: number | null;
  readonly confirmed: number | null;
  readonly pending: number | null;
  readonly onFallback: number | null;
  readonly dataType: string | null;
}

const STATUSES = new Set(["connected", "degraded", "disconnected"]);

/** Without a run what the feeder said last is of the past. */
const IDLE_STATES = new Set(["stopped", "not_running", "failed"]);

/** The socket speaks each second and so comes first; the status fills in what it does not tell. */
export function streamLook(update: StatusUpdate | null, status: StatusAnswer | undefined): StreamLook {
  const told = { ...status?.stream, ...present(update?.stream) };
  const isIdle = told.state !== undefined && IDLE_STATES.has(told.state);
  const feeder = isIdle ? null : (status?.feeder ?? null);
  const word = isIdle ? null : update;
  const fallback = feeder === null ? null : Object.keys(feeder.fallback).length - feeder.rotated_served;
  return {
    status: told.status !== undefined && STATUSES.has(told.status) ? (told.status as StreamLook["status"]) : "unknown",
    state: told.state ?? null,
    code: told.code ?? null,
    cause: told.cause ?? "",
    since: (status?.stream?.code === told.code ? status?.stream?.since : null) ?? told.since ?? null,
    mode: told.mode ?? null,
    health: status?.stream?.state === told.state ? (told.health ?? null) : null,
    desired: word?.desired ?? feeder?.desired ?? null,
    confirmed: word?.confirmed ?? feeder?.confirmed ?? null,
    pending: word?.pending ?? feeder?.pending ?? null,
    onFallback: word?.on_fallback ?? fallback,
    dataType: word?.market_data_type ?? feeder?.market_data_type ?? null,
  };
}

function present<T extends object>(part: T | null | undefined): Partial<T> {
  const entries = Object.entries(part ?? {}).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(entries) as Partial<T>;
}

/** Whether a run is on, so that it can be stopped and not started. */
export function isRunOn(look: StreamLook, status: StatusAnswer | undefined): boolean {
  if (status?.supervisor_alive === false) return false;
  return status?.run != null && look.state !== "stopped" && look.state !== "not_running";
}
