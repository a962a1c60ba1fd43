/** Which quotes the table shows, in which order. Pure. */

import type { Moment } from "../live/elapsed";
import { ageS, type ShownQuote } from "../live/quoteBook";
import { isGood, sortKey, type Column } from "./columns";

export interface TableChoice {
  readonly column: Column;
  readonly isDescending: boolean;
  /** Part of a symbol, any case. */
  readonly text: string;
  /** `all`, `bad` or one verdict. */
  readonly verdict: string;
}

export const FIRST_CHOICE: TableChoice = { column: "symbol", isDescending: false, text: "", verdict: "all" };

export interface Ordered {
  readonly symbols: readonly string[];
  /** How many quotes have which verdict, of all. */
  readonly tally: ReadonlyMap<string, number>;
}

export function ordered(quotes: Iterable<ShownQuote>, choice: TableChoice, at: Moment): Ordered {
  const tally = new Map<string, number>();
  const found: { symbol: string; key: string | number | null }[] = [];
  const text = choice.text.trim().toUpperCase();
  for (const shown of quotes) {
    const { quote } = shown;
    tally.set(quote.verdict, (tally.get(quote.verdict) ?? 0) + 1);
    if (!quote.symbol.toUpperCase().includes(text) || !fits(quote.verdict, choice.verdict)) continue;
    found.push({ symbol: quote.symbol, key: sortKey(choice.column, quote, ageS(shown, at)) });
  }
  const sign = choice.isDescending ? -1 : 1;
  found.sort((left, right) => compared(left.key, right.key, sign) || compared(left.symbol, right.symbol, 1));
  return { symbols: found.map(({ symbol }) => symbol), tally };
}

/** Return what hands the order before on while the next one has the same rows, so that nothing is rendered for it. */
export function orderKeeper(): (next: Ordered) => Ordered {
  let kept: Ordered | null = null;
  return (next) => {
    const before = kept;
    const isSame = before?.symbols.length === next.symbols.length;
    const symbols = isSame && before.symbols.every((symbol, at) => symbol === next.symbols[at]) ? before.symbols : next.symbols;
    kept = { symbols, tally: next.tally };
    return kept;
  };
}

function fits(verdict: string, wanted: string): boolean {
  if (wanted === "all") return true;
  return wanted === "bad" ? !isGood(verdict) : verdict === wanted;
}

function compared(left: string | number | null, right: string | number | null, sign: number): number {
  if (left === right) return 0;
  if (left === null) return 1;
  if (right === null) return -1;
  return (left < right ? -1 : 1) * sign;
}

/** The choice after a click on a column's head. */
export function turned(choice: TableChoice, column: Column): TableChoice {
  return { ...choice, column, isDescending: choice.column === column && !choice.isDescending };
}
