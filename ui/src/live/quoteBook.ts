/** The newest quote of every symbol, shown with few frames however many updates came in between. */

import type { Quote } from "../api/types";
import { elapsedMs, now, type Clock, type Moment } from "./elapsed";
import { pacedFrames } from "./pace";

export type PriceField = "bid" | "ask" | "last";

/** The last move of one price, and how many there were: another number, another flash. */
export interface Move {
  readonly direction: "up" | "down" | null;
  readonly count: number;
}

/** A quote as it is shown. Never changed: a newer one is another object. */
export interface ShownQuote {
  readonly quote: Quote;
  readonly heardAt: Moment;
  readonly moves: Readonly<Record<PriceField, Move>>;
}

/** A change of what a quote is worth, as seen by this page. */
export interface Turn {
  readonly atMs: number;
  readonly verdict: string;
  readonly source: string;
  readonly state: string;
  readonly reason: string;
  /** Of the record that said so. */
  readonly sequence: number;
}

const TURNS_MAX = 40;
const STILL: Move = { direction: null, count: 0 };

type Listener = () => void;

export class QuoteBook {
  #shown = new Map<string, ShownQuote>();
  #pending = new Map<string, { quote: Quote; heardAt: Moment }>();
  #turns = new Map<string, Turn[]>();
  #bySymbol = new Map<string, Set<Listener>>();
  #onList = new Set<Listener>();
  #onFrame = new Set<Listener>();
  #symbols: readonly string[] = [];
  #isScheduled = false;
  #isListOld = false;
  #newestPrice: Moment | null = null;
  /** Updates that came, and frames that showed them. */
  readonly counts = { updates: 0, frames: 0 };
  readonly #schedule: (flush: () => void) => void;
  readonly #clock: Clock;

  constructor(schedule: (flush: () => void) => void = pacedFrames(), clock: Clock = now) {
    this.#schedule = schedule;
    this.#clock = clock;
  }

  /** Take one quote; it is shown with the next frame. */
  apply(quote: Quote): void {
    const heardAt = this.#clock();
    this.counts.updates += 1;
    this.#note(quote, heardAt);
    this.#pending.set(quote.symbol, { quote, heardAt });
    this.#wantFrame();
  }

  /** Take all quotes there are: what is not among them is gone. */
  replaceAll(quotes: readonly Quote[]): void {
    const heardAt = this.#clock();
    const named = new Set(quotes.map((quote) => quote.symbol));
    this.#pending.clear();
    this.#newestPrice = null;
    for (const symbol of [...this.#shown.keys()]) {
      if (!named.has(symbol)) {
        this.#shown.delete(symbol);
        this.#turns.delete(symbol);
        this.#tell(this.#bySymbol.get(symbol));
      }
    }
    for (const quote of quotes) {
      this.#note(quote, heardAt);
      this.#pending.set(quote.symbol, { quote, heardAt });
    }
    this.#isListOld = true;
    this.#wantFrame();
  }

  get(symbol: string): ShownQuote | undefined {
    return this.#shown.get(symbol);
  }

  /** All symbols by name; another object when one comes or goes. */
  symbols(): readonly string[] {
    return this.#symbols;
  }

  /** What a symbol's quote has been since this page looks, the newest first. */
  turns(symbol: string): readonly Turn[] {
    return this.#turns.get(symbol) ?? [];
  }

  /** Seconds since the newest price of any symbol; null: there was none. */
  newestPriceAgeS(): number | null {
    return this.#newestPrice === null ? null : elapsedMs(this.#newestPrice, this.#clock()) / 1000;
  }

  onSymbol(symbol: string, listener: Listener): () => void {
    const listeners = this.#bySymbol.get(symbol) ?? new Set();
    this.#bySymbol.set(symbol, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#bySymbol.delete(symbol);
    };
  }

  onList(listener: Listener): () => void {
    this.#onList.add(listener);
    return () => this.#onList.delete(listener);
  }

  onFrame(listener: Listener): () => void {
    this.#onFrame.add(listener);
    return () => this.#onFrame.delete(listener);
  }

  #wantFrame(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#schedule(() => this.#flush());
  }

  #flush(): void {
    this.#isScheduled = false;
    this.counts.frames += 1;
    let isListNew = this.#isListOld || this.#symbols.length !== this.#shown.size;
    this.#isListOld = false;
    const changed = [...this.#pending.keys()];
    for (const [symbol, { quote, heardAt }] of this.#pending) {
      const before = this.#shown.get(symbol);
      isListNew ||= before === undefined;
      this.#shown.set(symbol, shownAfter(before, quote, heardAt));
    }
    this.#pending.clear();
    if (isListNew) {
      this.#symbols = [...this.#shown.keys()].sort();
      this.#tell(this.#onList);
    }
    for (const symbol of changed) this.#tell(this.#bySymbol.get(symbol));
    this.#tell(this.#onFrame);
  }

  #note(quote: Quote, heardAt: Moment): void {
    if (quote.age_s !== null) {
      const ageMs = quote.age_s * 1000;
      const pricedAt = { monotonicMs: heardAt.monotonicMs - ageMs, wallMs: heardAt.wallMs - ageMs };
      const newest = this.#newestPrice;
      if (newest === null || pricedAt.monotonicMs > newest.monotonicMs) this.#newestPrice = pricedAt;
    }
    const turns = this.#turns.get(quote.symbol) ?? [];
    const last = turns[0];
    if (last?.verdict === quote.verdict && last.source === quote.source && last.state === quote.state) return;
    const { verdict, source, state, sequence, reason = "" } = quote;
    turns.unshift({ atMs: heardAt.wallMs, verdict, source, state, reason, sequence });
    turns.length = Math.min(turns.length, TURNS_MAX);
    this.#turns.set(quote.symbol, turns);
  }

  #tell(listeners: ReadonlySet<Listener> | undefined): void {
    if (listeners !== undefined) for (const listener of [...listeners]) listener();
  }
}

function shownAfter(before: ShownQuote | undefined, quote: Quote, heardAt: Moment): ShownQuote {
  const moves = {
    bid: moveOf(before, quote, "bid"),
    ask: moveOf(before, quote, "ask"),
    last: moveOf(before, quote, "last"),
  };
  return { quote, heardAt, moves };
}

function moveOf(before: ShownQuote | undefined, quote: Quote, field: PriceField): Move {
  if (before === undefined) return STILL;
  const [old, fresh] = [before.quote[field], quote[field]];
  if (old === null || fresh === null || old === fresh) return before.moves[field];
  return { direction: fresh > old ? "up" : "down", count: before.moves[field].count + 1 };
}

/** Seconds since the price changed, as of `at`; null: there never was one. */
export function ageS(shown: ShownQuote, at: Moment): number | null {
  const { age_s: age } = shown.quote;
  return age === null ? null : age + elapsedMs(shown.heardAt, at) / 1000;
}
