import { useEffect } from "react";
import type { SymbolTurns } from "../api/types";
import { useT } from "../app/preferences";
import { clockTime, wholeDuration } from "../format/times";
import { isKey, word } from "../i18n";
import { useLive, useQuote } from "../live/Live";
import { usePolled } from "../live/usePolled";
import { Badge } from "../widgets/Badge";
import { joinTurns, type QuoteRow, type Row } from "./joinTurns";

const PERIOD_MS = 5_000;
const SHOWN = 60;

/** What the symbol has been: as segment, episodes and event log have it, and as this page goes on seeing it. */
export function Turns({ symbol }: { symbol: string }) {
  const t = useT();
  const { book, eventCount } = useLive();
  useQuote(symbol);
  const told = usePolled<SymbolTurns>(`/api/quotes/${encodeURIComponent(symbol)}/turns?limit=${SHOWN}`, PERIOD_MS);
  const { again } = told;
  useEffect(() => again(), [eventCount, again]);
  const rows = joinTurns(book.turns(symbol), told.data, told.heardAt).slice(0, SHOWN);
  return (
    <section>
      <h3>{t("symbol.turns")}</h3>
      {told.data?.log_fault ? <p className="hint">{t("symbol.turns.noLog", { why: told.data.log_fault })}</p> : null}
      {told.data === undefined && told.problem !== null ? <p className="hint">{t("symbol.turns.seenOnly")}</p> : null}
      <ol className="turns">
        {rows.map((row) => (
          <li key={row.key} data-kind={row.kind}>
            <time className="mono" dateTime={new Date(row.atMs).toISOString()}>
              {clockTime(row.atMs)}
            </time>
            <Told row={row} />
          </li>
        ))}
      </ol>
    </section>
  );
}

function Told({ row }: { row: Row }) {
  const t = useT();
  if (row.kind === "quote") return <QuoteTurn row={row} />;
  if (row.kind === "log") {
    const eventKey = `event.${row.told.name}`;
    return (
      <span className="turn-text">
        {isKey(eventKey) ? t(eventKey) : row.told.name}
        {row.told.text === "" ? null : <span className="hint">{row.told.text}</span>}
      </span>
    );
  }
  const { episode, is_open: isOpen, until } = row.told;
  const lasted = isOpen
    ? t("symbol.turns.on")
    : until === null
      ? t("symbol.turns.noEnd")
      : t("alerts.for", { age: wholeDuration(episode.duration_s) });
  return (
    <span className="turn-text">
      <span className="turn-line">
        <Badge group="severity" value={episode.severity} />
        <strong>{word(t, "episode", episode.kind)}</strong>
        <span className="hint">{lasted}</span>
      </span>
      <span className="hint">{episode.cause}</span>
    </span>
  );
}

function QuoteTurn({ row }: { row: QuoteRow }) {
  const t = useT();
  const { verdict, state, source, isOldest, isLoose } = row;
  return (
    <span className="turn-line">
      {verdict === null ? <Badge group="state" value={state} /> : <Badge group="verdict" value={verdict} />}
      <Badge group="source" value={source} isQuiet />
      {verdict === null || verdict === state ? null : <span className="hint">{word(t, "state", state)}</span>}
      {isOldest ? <span className="hint">{t("symbol.turns.orBefore")}</span> : null}
      {isLoose ? <span className="hint">{t("symbol.turns.orLater")}</span> : null}
    </span>
  );
}
