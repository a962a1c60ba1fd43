/** The one socket to the api: kept open, watched, and opened again with growing waits when it is lost or silent. */

import { elapsedMs, now, type Clock, type Moment } from "./elapsed";
import { CLOSE_CODES, type ServerMessage } from "./messages";

/** A server says something at least each second: after so long a silence nothing here is of now. */
export const SILENT_AFTER_MS = 3_000;
const DEAD_AFTER_MS = 10_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;
const WATCH_MS = 250;

export type LinkPhase = "connecting" | "open" | "waiting" | "refused";

export interface LinkView {
  readonly phase: LinkPhase;
  /** Whether what is shown may be of now: the socket is open and has spoken lately. */
  readonly isFresh: boolean;
  /** Tries since the last good connection. */
  readonly tries: number;
  readonly closeCode: number | null;
  /** The last message of all; null: none yet. */
  readonly heardAt: Moment | null;
  /** When the next try is due, by the wall clock. */
  readonly nextTryMs: number | null;
}

export interface LinkOptions {
  readonly connect: () => WebSocket;
  readonly onMessage: (message: ServerMessage) => void;
  readonly onTokenRefused: () => void;
  readonly clock?: Clock;
  readonly random?: () => number;
}

export class FeedLink {
  #view: LinkView = { phase: "connecting", isFresh: false, tries: 0, closeCode: null, heardAt: null, nextTryMs: null };
  #socket: WebSocket | null = null;
  #openedAt: Moment | null = null;
  #seq: number | null = null;
  #watch: ReturnType<typeof setInterval> | null = null;
  #retry: ReturnType<typeof setTimeout> | null = null;
  readonly #listeners = new Set<() => void>();
  readonly #options: LinkOptions;
  readonly #clock: Clock;
  readonly #random: () => number;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#clock = options.clock ?? now;
    this.#random = options.random ?? Math.random;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly view = (): LinkView => this.#view;

  start(): void {
    this.#watch ??= setInterval(() => this.check(), WATCH_MS);
    if (this.#socket === null) this.#open();
  }

  stop(): void {
    if (this.#watch !== null) clearInterval(this.#watch);
    this.#watch = null;
    this.#drop();
  }

  /** Connect now instead of at the end of the wait. */
  tryNow(): void {
    if (this.#view.phase === "open" && this.#view.isFresh) return;
    this.#drop();
    this.#open();
  }

  /** Ask for everything anew. */
  resubscribe(): void {
    if (this.#socket?.readyState === WebSocket.OPEN) {
      this.#socket.send(JSON.stringify({ type: "subscribe", symbols: "*", batched: true }));
    }
  }

  /** Judge the silence; called by a timer, and whenever somebody looks again after a pause. */
  check(): void {
    const since = this.#view.heardAt ?? this.#openedAt;
    if (this.#view.phase !== "open" || since === null) return;
    const silentMs = elapsedMs(since, this.#clock());
    if (silentMs > DEAD_AFTER_MS) this.#lose(null);
    else this.#show({ isFresh: this.#view.heardAt !== null && silentMs <= SILENT_AFTER_MS });
  }

  #open(): void {
    this.#show({ phase: "connecting", nextTryMs: null });
    const socket = this.#options.connect();
    this.#socket = socket;
    this.#seq = null;
    socket.onopen = () => {
      if (this.#socket !== socket) return;
      this.#openedAt = this.#clock();
      this.#show({ phase: "open", heardAt: null, isFresh: false, closeCode: null });
      this.resubscribe();
    };
    socket.onmessage = (event) => {
      if (this.#socket === socket) this.#hear(String(event.data));
    };
    socket.onclose = (event) => {
      if (this.#socket === socket) this.#lose(event.code);
    };
  }

  #hear(text: string): void {
    const message = JSON.parse(text) as ServerMessage;
    const isGap = this.#seq !== null && message.seq !== this.#seq + 1;
    this.#seq = message.seq;
    this.#view = { ...this.#view, heardAt: this.#clock() };
    if (!this.#view.isFresh && message.type !== "hello") this.#show({ isFresh: true, tries: 0 });
    this.#options.onMessage(message);
    if (isGap) this.resubscribe();
  }

  #lose(closeCode: number | null): void {
    this.#drop();
    if (closeCode === CLOSE_CODES.token) this.#options.onTokenRefused();
    const isRefused = closeCode === CLOSE_CODES.token || closeCode === CLOSE_CODES.origin;
    const tries = this.#view.tries + 1;
    const waitMs = isRefused ? LONGEST_WAIT_MS : retryWaitMs(tries, this.#random());
    this.#retry = setTimeout(() => this.#open(), waitMs);
    const phase = isRefused ? "refused" : "waiting";
    this.#show({ phase, isFresh: false, tries, closeCode, nextTryMs: this.#clock().wallMs + waitMs });
  }

  #drop(): void {
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#retry = null;
    const socket = this.#socket;
    this.#socket = null;
    this.#openedAt = null;
    if (socket !== null) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
  }

  #show(change: Partial<LinkView>): void {
    const next = { ...this.#view, ...change };
    const isSame = (Object.keys(change) as (keyof LinkView)[]).every((key) => this.#view[key] === next[key]);
    this.#view = next;
    if (!isSame) for (const listener of [...this.#listeners]) listener();
  }
}

/** Half a second, doubled by each try, ten at most; a quarter of it by chance, so that many pages do not come at once. */
export function retryWaitMs(tries: number, random: number): number {
  const full = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.max(0, tries - 1));
  return full * (0.75 + 0.25 * random);
}
