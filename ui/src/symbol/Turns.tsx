import { useT } from "../app/preferences";
import { clockTime } from "../format/times";
import { word } from "../i18n";
import { useLive, useQuote } from "../live/Live";
import { Badge } from "../widgets/Badge";

/** The changes of verdict, source and state that this page has seen. */
export function Turns({ symbol }: { symbol: string }) {
  const t = useT();
  const { book } = useLive();
  useQuote(symbol);
  const turns = book.turns(symbol);
  return (
    <section>
      <h3>{t("symbol.turns")}</h3>
      <p className="hint">{t("symbol.turns.hint")}</p>
      <ol className="turns">
        {turns.map((turn) => (
          <li key={`${turn.atMs}${turn.verdict}${turn.state}`}>
            <time className="mono" dateTime={new Date(turn.atMs).toISOString()}>
              {clockTime(turn.atMs)}
            </time>
            <Badge group="verdict" value={turn.verdict} />
            <Badge group="source" value={turn.source} isQuiet />
            <span className="hint">{word(t, "state", turn.state)}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
