/** Pages by path, the open symbol by `?symbol=`: the back button and a second tab work. */

import { useSyncExternalStore } from "react";

export interface Place {
  readonly path: string;
  readonly symbol: string | null;
}

const listeners = new Set<() => void>();
let place = read();

function read(): Place {
  return { path: location.pathname, symbol: new URLSearchParams(location.search).get("symbol") };
}

function renew(): void {
  place = read();
  for (const listener of [...listeners]) listener();
}

window.addEventListener("popstate", renew);

export function usePlace(): Place {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => place,
  );
}

export function goTo(path: string): void {
  history.pushState(null, "", path);
  renew();
}

/** Open a symbol's drawer on the live page; null closes it. Going from one to another adds no step back. */
export function showSymbol(symbol: string | null): void {
  const query = symbol === null ? "" : `?symbol=${encodeURIComponent(symbol)}`;
  const isSwitch = symbol !== null && place.symbol !== null;
  history[isSwitch ? "replaceState" : "pushState"](null, "", `/${query}`);
  renew();
}
