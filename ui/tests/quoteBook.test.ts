import { describe, expect, it } from "vitest";
import { ageS, QuoteBook } from "../src/live/quoteBook";
import { HandClock, HandFrames, quoteOf } from "./helpers";

function open() {
  const clock = new HandClock();
  const frames = new HandFrames();
  return { clock, frames, book: new QuoteBook(frames.schedule, clock.now) };
}

describe("QuoteBook", () => {
  it("shows the newest of many updates, once per frame", () => {
    const { book, frames } = open();
    let told = 0;
    book.onSymbol("SPY", () => (told += 1));
    for (let bid = 1; bid <= 50; bid += 1) book.apply(quoteOf("SPY", { bid, sequence: bid }));
    expect(book.get("SPY")).toBeUndefined();
    expect(frames.count).toBe(1);
    frames.show();
    expect(told).toBe(1);
    expect(book.get("SPY")?.quote.bid).toBe(50);
    expect(book.counts).toEqual({ updates: 50, frames: 1 });
  });

  it("tells only those who look at a symbol that changed", () => {
    const { book, frames } = open();
    book.replaceAll([quoteOf("SPY"), quoteOf("QQQ")]);
    frames.show();
    const told: string[] = [];
    for (const symbol of book.symbols()) book.onSymbol(symbol, () => told.push(symbol));
    book.apply(quoteOf("QQQ", { bid: 1 }));
    frames.show();
    expect(told).toEqual(["QQQ"]);
  });

  it("tells the list only when a symbol comes or goes", () => {
    const { book, frames } = open();
    let told = 0;
    book.onList(() => (told += 1));
    book.replaceAll([quoteOf("SPY"), quoteOf("QQQ")]);
    frames.show();
    const before = book.symbols();
    book.apply(quoteOf("SPY", { bid: 7 }));
    frames.show();
    expect(told).toBe(1);
    expect(book.symbols()).toBe(before);
    book.apply(quoteOf("AAPL"));
    frames.show();
    expect(book.symbols()).toEqual(["AAPL", "QQQ", "SPY"]);
  });

  it("forgets what a snapshot does not name", () => {
    const { book, frames } = open();
    book.replaceAll([quoteOf("SPY"), quoteOf("QQQ")]);
    frames.show();
    book.replaceAll([quoteOf("QQQ")]);
    frames.show();
    expect(book.symbols()).toEqual(["QQQ"]);
    expect(book.get("SPY")).toBeUndefined();
    book.replaceAll([]);
    frames.show();
    expect(book.symbols()).toEqual([]);
  });

  it("keeps its list while a new snapshot waits for its frame", () => {
    const { book, frames } = open();
    book.replaceAll([quoteOf("SPY"), quoteOf("QQQ")]);
    frames.show();
    book.replaceAll([quoteOf("SPY"), quoteOf("AAPL")]);
    expect(book.symbols()).toEqual(["QQQ", "SPY"]);
    expect(book.get("QQQ")).toBeUndefined();
    frames.show();
    expect(book.symbols()).toEqual(["AAPL", "SPY"]);
  });

  it("counts a move of each price by itself and keeps it until the next one", () => {
    const { book, frames } = open();
    for (const [bid, last] of [
      [10, 20],
      [11, 20],
      [11, 19],
    ] as const) {
      book.apply(quoteOf("SPY", { bid, last }));
      frames.show();
    }
    const moves = book.get("SPY")?.moves;
    expect(moves?.bid).toEqual({ direction: "up", count: 1 });
    expect(moves?.last).toEqual({ direction: "down", count: 1 });
    expect(moves?.ask.count).toBe(0);
    book.apply(quoteOf("SPY", { bid: null, last: 19 }));
    frames.show();
    expect(book.get("SPY")?.moves.bid.count).toBe(1);
  });

  it("lets ages grow without an update, also while the monotonic clock stands still", () => {
    const { book, frames, clock } = open();
    book.apply(quoteOf("SPY", { age_s: 2 }));
    frames.show();
    clock.pass(3_000);
    const shown = book.get("SPY");
    expect(shown && ageS(shown, clock.now())).toBeCloseTo(5);
    expect(book.newestPriceAgeS()).toBeCloseTo(5);
    const asleep = { monotonicMs: clock.ms, wallMs: clock.ms + 60_000 };
    expect(shown && ageS(shown, asleep)).toBeCloseTo(65);
  });

  it("remembers what a quote has been, not how often it ticked", () => {
    const { book } = open();
    book.apply(quoteOf("SPY"));
    book.apply(quoteOf("SPY", { bid: 5 }));
    book.apply(quoteOf("SPY", { verdict: "fallback", source: "ib_history", state: "fallback" }));
    book.apply(quoteOf("SPY"));
    expect(book.turns("SPY").map(({ verdict }) => verdict)).toEqual(["live", "fallback", "live"]);
    for (let step = 0; step < 100; step += 1) book.apply(quoteOf("SPY", { state: step % 2 ? "live" : "quiet" }));
    expect(book.turns("SPY").length).toBe(40);
  });
});
