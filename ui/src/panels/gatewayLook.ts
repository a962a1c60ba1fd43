/** What the gateway's panel says, from what the feeder tells. Pure. */

import type { FeederStatus, StatusAnswer } from "../api/types";

const CONNECTED_STATES = new Set([
  "streaming",
  "partial",
  "mixed",
  "closed",
  "fallback",
  "subscribing",
  "silent",
  "idle",
  "impaired",
]);

/** The connection in one word; the stream's state tells it. */
export function connectionOf({ stream }: StatusAnswer): string {
  if (stream === null) return "unknown";
  if (CONNECTED_STATES.has(stream.state)) return "connected";
  if (stream.state === "gateway_suspect") return "suspect";
  if (stream.state === "connecting" || stream.state === "starting") return "connecting";
  return "disconnected";
}

export function marketOf({ in_session: inSession }: FeederStatus): "open" | "closed" | "unknown" {
  if (inSession === null || inSession === undefined) return "unknown";
  return inSession ? "open" : "closed";
}
