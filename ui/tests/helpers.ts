import type { Quote } from "../src/api/types";
import type { Moment } from "../src/live/elapsed";

export function quoteOf(symbol: string, change: Partial<Quote> = {}): Quote {
  return {
    symbol,
    bid: 100,
    ask: 100.02,
    last: 100.01,
    bid_size: 100,
    ask_size: 200,
    last_size: 50,
    volume: 1_000_000,
    open: 99,
    high: 101,
    low: 98,
    close: 99.5,
    mid: 100.01,
    spread: 0.02,
    ts: "2026-03-04T15:30:00.000Z",
    last_trade_at: "2026-03-04T15:30:00Z",
    source: "ib_stream",
    verdict: "live",
    reason: "vouched",
    market_data_type: "realtime",
    api_mode: "live",
    state: "live",
    age_s: 0,
    vouched_age_s: 0,
    is_halted: false,
    sequence: 1,
    ...change,
  };
}

/** A clock that the test moves. */
export class HandClock {
  ms = 1_000_000;

  readonly now = (): Moment => ({ monotonicMs: this.ms, wallMs: this.ms });

  pass(ms: number): void {
    this.ms += ms;
  }
}

/** Frames that the test shows. */
export class HandFrames {
  #waiting: (() => void)[] = [];

  readonly schedule = (flush: () => void): void => {
    this.#waiting.push(flush);
  };

  get count(): number {
    return this.#waiting.length;
  }

  show(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const flush of waiting) flush();
  }
}
