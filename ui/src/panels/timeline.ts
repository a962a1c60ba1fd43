/** One list of what has happened, from the stream's transitions and the event log. Pure. */

import type { EventEntry, Transition } from "../api/types";
import { toneOf } from "../widgets/tones";

export interface Happening {
  readonly id: string;
  readonly at: string;
  /** Of a transition; null: an entry of the log. */
  readonly status: string | null;
  readonly code: string | null;
  readonly name: string;
  readonly text: string;
  readonly tone: string;
}

/** The newest first. */
export function timeline(transitions: readonly Transition[], events: readonly EventEntry[]): Happening[] {
  const found = [...transitions.map(ofTransition), ...events.map(ofEvent)];
  return found.sort((left, right) => Date.parse(right.at) - Date.parse(left.at));
}

function ofTransition(step: Transition): Happening {
  const { at, status, code, state, cause } = step;
  return { id: `state ${at} ${step.sequence}`, at, status, code, name: state, text: cause, tone: toneOf(status) };
}

function ofEvent({ id, at, kind, subject, text }: EventEntry): Happening {
  const told = [subject, text].filter((part) => part !== "").join(": ");
  const tone = /failed|lost|opened|refused/.test(kind) ? "warn" : "none";
  return { id: `log ${id}`, at, status: null, code: null, name: kind, text: told, tone };
}
