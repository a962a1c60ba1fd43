import { useEffect, useMemo, useState } from "react";
import { now } from "../live/elapsed";
import { useBook, useSymbols } from "../live/Live";
import type { QuoteBook, ShownQuote } from "../live/quoteBook";
import { ordered, orderKeeper, type Ordered, type TableChoice } from "./ordering";

/** Rows do not jump about under the eyes: the order is renewed once a second. */
const RENEW_MS = 1_000;

export function useOrdered(choice: TableChoice): Ordered {
  const book = useBook();
  const symbols = useSymbols();
  const [turn, setTurn] = useState(0);
  const [keep] = useState(orderKeeper);
  useEffect(() => {
    const timer = setInterval(() => setTurn((count) => count + 1), RENEW_MS);
    return () => clearInterval(timer);
  }, []);
  return useMemo(() => {
    void turn; // the book changes without becoming another object
    return keep(ordered(shownOf(book, symbols), choice, now()));
  }, [book, symbols, choice, turn, keep]);
}

function* shownOf(book: QuoteBook, symbols: readonly string[]): Iterable<ShownQuote> {
  for (const symbol of symbols) {
    const shown = book.get(symbol);
    if (shown !== undefined) yield shown;
  }
}
