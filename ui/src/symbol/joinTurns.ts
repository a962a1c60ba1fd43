/** What a symbol has been before this page looked, and what the page has seen, as one list. Pure. */

import type { EpisodeTurn, LogTurn, RecordTurn, SymbolTurns } from "../api/types";
import type { Moment } from "../live/elapsed";
import type { Turn } from "../live/quoteBook";

/** A turn of the quote itself: seen by this page with its verdict, or told by the segment's records. */
export interface QuoteRow {
  readonly kind: "quote";
  readonly key: string;
  readonly atMs: number;
  /** Null: from before this page looked, when its verdict was nobody's. */
  readonly verdict: string | null;
  readonly state: string;
  readonly source: string;
  /** It may have been so for longer. */
  readonly isOldest: boolean;
  /** It began then or later: a change of state has no time of its own. */
  readonly isLoose: boolean;
}

export type Row =
  | QuoteRow
  | { readonly kind: "episode"; readonly key: string; readonly atMs: number; readonly told: EpisodeTurn }
  | { readonly kind: "log"; readonly key: string; readonly atMs: number; readonly told: LogTurn };

/** The newest first, by the server's clock. What the page has seen and the records tell too comes once. */
export function joinTurns(
  seen: readonly Turn[],
  told: Pick<SymbolTurns, "turns" | "at"> | undefined,
  heardAt: Moment | null,
): Row[] {
  const aheadMs = told === undefined || heardAt === null ? 0 : heardAt.wallMs - Date.parse(told.at);
  const rows: Row[] = seen.map((turn, place) => ({
    kind: "quote",
    key: `seen ${turn.atMs} ${turn.sequence} ${turn.verdict}`,
    atMs: turn.atMs - aheadMs,
    verdict: turn.verdict,
    state: turn.state,
    source: turn.source,
    isOldest: place === seen.length - 1,
    isLoose: false,
  }));
  const oldest = rows.at(-1);
  const records = (told?.turns ?? []).filter((turn) => turn.kind === "record");
  records.forEach((record, place) => {
    const next = place === 0 ? Infinity : (records[place - 1]?.sequence ?? Infinity);
    const twin = seen.findIndex((turn) => isSame(turn, record, next));
    if (twin === -1) rows.push(rowOf(record));
    else if (twin === seen.length - 1 && oldest !== undefined) {
      const { atMs, isOldest, isLoose } = rowOf(record); // it began before
      rows[twin] = { ...oldest, atMs, isOldest, isLoose } as QuoteRow;
    }
  });
  for (const turn of told?.turns ?? []) {
    const atMs = Date.parse(turn.at);
    if (turn.kind === "episode") rows.push({ kind: "episode", key: turn.episode.episode_id + turn.at, atMs, told: turn });
    if (turn.kind === "log") rows.push({ kind: "log", key: `log ${turn.id} ${turn.text}`, atMs, told: turn });
  }
  return rows.sort((left, right) => right.atMs - left.atMs);
}

/** Whether the page has seen what these records say, `next` being the first record that says something else. */
function isSame(turn: Turn, record: RecordTurn, next: number): boolean {
  const isWithin = record.sequence <= turn.sequence && turn.sequence < next;
  return isWithin && record.state === turn.state && record.source === turn.source;
}

function rowOf(record: RecordTurn): QuoteRow {
  const { at, sequence, state, source, is_oldest: isOldest } = record;
  const times = { atMs: Date.parse(at), isOldest, isLoose: !record.is_exact && !isOldest };
  return { kind: "quote", key: `record ${at} ${sequence}`, verdict: null, state, source, ...times };
}
