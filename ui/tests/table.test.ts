import { describe, expect, it } from "vitest";
import { COLUMNS, VERDICTS } from "../src/quotes/columns";
import { FIRST_CHOICE, ordered, orderKeeper, turned } from "../src/quotes/ordering";
import { ROW_PX, rowTop, scrollTopFor, visibleRange } from "../src/quotes/visibleRange";
import { QuoteBook, type ShownQuote } from "../src/live/quoteBook";
import type { Quote } from "../src/api/types";
import { HandClock, HandFrames, quoteOf } from "./helpers";

const clock = new HandClock();

function shown(...quotes: Quote[]): ShownQuote[] {
  const frames = new HandFrames();
  const book = new QuoteBook(frames.schedule, clock.now);
  book.replaceAll(quotes);
  frames.show();
  return quotes.flatMap(({ symbol }) => book.get(symbol) ?? []);
}

describe("the order", () => {
  const quotes = shown(
    quoteOf("SPY", { last: 3, close: 2 }),
    quoteOf("AAPL", { last: null, verdict: "stale" }),
    quoteOf("QQQ", { last: 1, close: 2, verdict: "quiet" }),
    quoteOf("BRK B", { last: 2, close: 2, verdict: "feed_down" }),
  );

  it("puts what is absent last, whichever way round", () => {
    const up = ordered(quotes, { ...FIRST_CHOICE, column: "last" }, clock.now());
    const down = ordered(quotes, { ...FIRST_CHOICE, column: "last", isDescending: true }, clock.now());
    expect(up.symbols).toEqual(["QQQ", "BRK B", "SPY", "AAPL"]);
    expect(down.symbols).toEqual(["SPY", "BRK B", "QQQ", "AAPL"]);
  });

  it("puts the worst verdict first", () => {
    const found = ordered(quotes, { ...FIRST_CHOICE, column: "verdict" }, clock.now());
    expect(found.symbols).toEqual(["BRK B", "AAPL", "QQQ", "SPY"]);
  });

  it("filters by part of the symbol in any case, and by verdict; the tally is of all", () => {
    const found = ordered(quotes, { ...FIRST_CHOICE, text: " q" }, clock.now());
    expect(found.symbols).toEqual(["QQQ"]);
    expect([...found.tally.values()].reduce((sum, count) => sum + count, 0)).toBe(4);
    expect(ordered(quotes, { ...FIRST_CHOICE, verdict: "bad" }, clock.now()).symbols).toEqual(["AAPL", "BRK B"]);
    expect(ordered(quotes, { ...FIRST_CHOICE, verdict: "quiet" }, clock.now()).symbols).toEqual(["QQQ"]);
  });

  it("is told apart for every column, and turns round with a second click", () => {
    for (const column of COLUMNS) {
      const first = turned({ ...FIRST_CHOICE, column: "symbol", isDescending: true }, column);
      expect(first.isDescending).toBe(false);
      expect(turned(first, column).isDescending).toBe(true);
      expect(ordered(quotes, first, clock.now()).symbols.length).toBe(4);
    }
  });

  it("stays the same object while the rows are the same, and tells what has become of the verdicts all the same", () => {
    const keep = orderKeeper();
    const first = keep(ordered(quotes, FIRST_CHOICE, clock.now()));
    const stale = shown(...quotes.map(({ quote }): Quote => ({ ...quote, verdict: "stale" })));
    const again = keep(ordered(stale, FIRST_CHOICE, clock.now()));
    expect(again.symbols).toBe(first.symbols);
    expect([...again.tally]).toEqual([["stale", quotes.length]]);
    const turnedRound = keep(ordered(quotes, { ...FIRST_CHOICE, isDescending: true }, clock.now()));
    expect(turnedRound.symbols).toEqual([...first.symbols].reverse());
    expect(keep(ordered(quotes.slice(1), FIRST_CHOICE, clock.now())).symbols.length).toBe(quotes.length - 1);
  });

  it("knows every verdict of the service and the page's own", () => {
    expect(VERDICTS.length).toBe(11);
    expect(VERDICTS[0]).toBe("no_connection");
    expect(VERDICTS.at(-1)).toBe("live");
  });
});

describe("the rows on the screen", () => {
  it("are some dozens of any number", () => {
    const { first, end } = visibleRange(5_000, 600, 10_000);
    expect(first * ROW_PX).toBeLessThanOrEqual(5_000);
    expect(end * ROW_PX).toBeGreaterThanOrEqual(5_600);
    expect(end - first).toBeLessThan(40);
  });

  it("never go beyond the ends, also after the table has become short", () => {
    expect(visibleRange(0, 600, 3)).toEqual({ first: 0, end: 3 });
    expect(visibleRange(9_000, 600, 3)).toEqual({ first: 3, end: 3 });
    expect(visibleRange(0, 600, 0)).toEqual({ first: 0, end: 0 });
  });

  it("are the same from one row's beginning to the next one's, and always all that are seen", () => {
    expect(rowTop(3 * ROW_PX)).toBe(3 * ROW_PX);
    expect(rowTop(4 * ROW_PX - 1)).toBe(3 * ROW_PX);
    for (let top = 0; top < 3 * ROW_PX; top += 5) {
      const { first, end } = visibleRange(rowTop(top), 600, 500);
      expect(first * ROW_PX).toBeLessThanOrEqual(top);
      expect(end * ROW_PX).toBeGreaterThanOrEqual(top + 600);
    }
  });

  it("are scrolled to only when they are not seen", () => {
    expect(scrollTopFor(3, 0, 340)).toBe(0);
    expect(scrollTopFor(1, 340, 340)).toBe(ROW_PX);
    expect(scrollTopFor(20, 0, 340)).toBe(21 * ROW_PX - 340);
  });
});
