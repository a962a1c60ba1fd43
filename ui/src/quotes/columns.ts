/** The columns of the quote table, and what they are sorted by. */

import type { Quote } from "../api/types";

export const COLUMNS = [
  "symbol",
  "bid",
  "ask",
  "last",
  "spread",
  "change",
  "volume",
  "age",
  "source",
  "verdict",
] as const;

export type Column = (typeof COLUMNS)[number];

/** Worst first: what an operator has to see. */
export const VERDICTS = [
  "no_connection",
  "feed_down",
  "missing",
  "stale",
  "contended",
  "past",
  "fallback",
  "delayed",
  "closed",
  "quiet",
  "live",
] as const;

const RANKS = new Map<string, number>(VERDICTS.map((verdict, rank) => [verdict, rank]));

export function verdictRank(verdict: string): number {
  return RANKS.get(verdict) ?? 0;
}

export function isGood(verdict: string): boolean {
  return verdict === "live" || verdict === "quiet";
}

/** Of the last price since the previous close; null where one of them is absent. */
export function change(quote: Quote): { absolute: number; relative: number } | null {
  const { last, close } = quote;
  if (last === null || close === null || close === 0) return null;
  return { absolute: last - close, relative: (last - close) / close };
}

/** What a column sorts by; null comes last, whichever way round. */
export function sortKey(column: Column, quote: Quote, ageS: number | null): string | number | null {
  switch (column) {
    case "symbol":
      return quote.symbol;
    case "change":
      return change(quote)?.relative ?? null;
    case "age":
      return ageS;
    case "source":
      return quote.source;
    case "verdict":
      return verdictRank(quote.verdict);
    default:
      return quote[column];
  }
}
