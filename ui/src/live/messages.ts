/** What the server says over `/ws`. Every message has `seq`, one more with each. */

import type { Quote } from "../api/types";

/** How the stream is, told at least each second. */
export interface StatusUpdate {
  at: string;
  stream: { state: string; status: string; mode: string; cause: string; code: string; since: string };
  desired: number;
  confirmed: number;
  pending: number;
  on_fallback: number;
  heartbeat_age_s: number | null;
  feed_alive: boolean;
  market_data_type: string;
  api_mode: string;
  epoch: number | null;
  segment_id: string | null;
}

export interface Hello {
  type: "hello";
  protocol: number;
  epoch: number | null;
  segment_id: string | null;
  throttle_ms: number;
  api_mode: string;
}

export interface Snapshot {
  type: "snapshot";
  quotes: Quote[];
  status: StatusUpdate;
}

export type QuoteUpdate = { type: "quote_update" } & Quote;

/** Updates of many symbols at once. */
export interface QuoteUpdates {
  type: "quote_updates";
  quotes: Quote[];
}

export type StatusMessage = { type: "status_update" } & StatusUpdate;

export interface EventMessage {
  type: "event";
  event: { name: string; at: string; [more: string]: unknown };
}

export interface ErrorMessage {
  type: "error";
  code: string;
  message: string;
  next_step: string;
}

export type ServerMessage = (
  | Hello
  | Snapshot
  | QuoteUpdate
  | QuoteUpdates
  | StatusMessage
  | EventMessage
  | ErrorMessage
  | { type: "bar_update" | "subscribed" | "pong" }
) & { seq: number };

/** Why the server closes a socket. */
export const CLOSE_CODES = {
  token: 4401,
  origin: 4403,
  slow: 4408,
  crowded: 4409,
  restarting: 1012,
} as const;
