/** One list of what has happened, from the stream's transitions and the event log. Pure. */

import type { EventEntry, Transition } from "../api/types";
import { toneOf } from "../widgets/tones";

export interface Happening {
  readonly id: string;
  readonly at: string;
  /** Of a transition; null: an entry of the log. */
  readonly status: string | null;
  readonly code: string | null;
  /** Of an episode that begins or ends; null: something else. */
  readonly episode: string | null;
  readonly name: string;
  /** Whom it is about; empty: nobody, or only a number that says nothing to people. */
  readonly subject: string;
  readonly text: string;
  /** Everything, for who wants to know more. */
  readonly title: string;
  readonly tone: string;
}

/** The newest first. */
export function timeline(transitions: readonly Transition[], events: readonly EventEntry[]): Happening[] {
  const found = [...transitions.map(ofTransition), ...events.map(ofEvent)];
  return found.sort((left, right) => Date.parse(right.at) - Date.parse(left.at));
}

function ofTransition({ at, status, code, state, cause, sequence }: Transition): Happening {
  const id = `state ${at} ${sequence}`;
  return { id, at, status, code, episode: null, name: state, subject: "", text: cause, title: cause, tone: toneOf(status) };
}

function ofEvent({ id, at, kind, subject, text, data }: EventEntry): Happening {
  const title = [kind, subject, text].filter((part) => part !== "").join(": ");
  const episode = kind.startsWith("episode.") && typeof data["kind_of"] === "string" ? data["kind_of"] : null;
  const shown = kind.startsWith("run.") || subject === "stream" || subject === "gateway" ? "" : subject;
  return {
    ...{ id: `log ${id}`, at, status: null, code: null, episode, name: kind },
    ...{ subject: shown, text: kind === "episode.closed" ? "" : text, title, tone: toneOfEvent(kind, data["severity"]) },
  };
}

function toneOfEvent(kind: string, severity: unknown): string {
  if (kind === "episode.opened") return severity === "critical" ? "bad" : "warn";
  if (kind === "episode.closed" || kind === "origin.healed") return "good";
  return /failed|unknown|ambiguous|conflict/.test(kind) ? "warn" : "none";
}
