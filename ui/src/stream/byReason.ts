/** Symbols that share a fate. Pure. */

export interface Fate {
  readonly why: string;
  readonly symbols: readonly string[];
}

/** The reason that most symbols have comes first; symbols by name. */
export function byReason(reasons: Readonly<Record<string, string>>): Fate[] {
  const found = new Map<string, string[]>();
  for (const [symbol, why] of Object.entries(reasons)) found.set(why, [...(found.get(why) ?? []), symbol]);
  return [...found]
    .map(([why, symbols]) => ({ why, symbols: symbols.sort() }))
    .sort((left, right) => right.symbols.length - left.symbols.length || (left.why < right.why ? -1 : 1));
}
