/** One clock for everything on the page that grows older. */

import { useSyncExternalStore } from "react";
import { now, type Moment } from "./elapsed";

const PERIOD_MS = 500;

let moment: Moment = now();
let timer: ReturnType<typeof setInterval> | null = null;
const listeners = new Set<() => void>();

/** Have a listener called twice a second; return what ends that. */
export function onTick(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    moment = now();
    for (const each of [...listeners]) each();
  }, PERIOD_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0 && timer !== null) {
      clearInterval(timer);
      timer = null;
    }
  };
}

/** Now, renewed twice a second. */
export function useNow(): Moment {
  return useSyncExternalStore(onTick, () => moment);
}
