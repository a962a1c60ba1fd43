import { useState } from "react";
import { useT } from "../app/preferences";
import { showSymbol, usePlace } from "../app/router";
import { word } from "../i18n";
import { useLink, useSymbols } from "../live/Live";
import { shownVerdict } from "../live/verdict";
import { toneOf } from "../widgets/tones";
import { Panel } from "../widgets/Panel";
import { VERDICTS } from "./columns";
import { FIRST_CHOICE, type Ordered, type TableChoice } from "./ordering";
import { QuoteGrid } from "./QuoteGrid";
import { useOrdered } from "./useOrdered";

export function QuoteTable() {
  const t = useT();
  const [choice, setChoice] = useState<TableChoice>(FIRST_CHOICE);
  const order = useOrdered(choice);
  const all = useSymbols().length;
  const { symbol } = usePlace();
  const isFiltered = choice.text !== "" || choice.verdict !== "all";
  return (
    <Panel title={t("quotes.title")} className="quotes" aside={<Filters {...{ choice, setChoice, order, all }} />}>
      <Tally {...{ choice, setChoice, order }} />
      {order.symbols.length > 0 ? (
        <QuoteGrid {...{ choice, setChoice }} symbols={order.symbols} open={symbol} onOpen={showSymbol} />
      ) : (
        <div className="empty">
          <p>{t(isFiltered && all > 0 ? "quotes.none.filter" : "quotes.none")}</p>
          {isFiltered && all > 0 ? (
            <button type="button" onClick={() => setChoice({ ...choice, text: "", verdict: "all" })}>
              {t("quotes.clear")}
            </button>
          ) : (
            <p className="hint">{t("quotes.none.run")}</p>
          )}
        </div>
      )}
    </Panel>
  );
}

interface ChoiceProps {
  choice: TableChoice;
  setChoice: (choice: TableChoice) => void;
  order: Ordered;
}

function Filters({ choice, setChoice, order, all }: ChoiceProps & { all: number }) {
  const t = useT();
  return (
    <div className="filters">
      <span className="hint" data-testid="quote-count">
        {t("quotes.count", { shown: order.symbols.length, all })}
      </span>
      <input
        type="search"
        aria-label={t("quotes.filter")}
        placeholder={t("quotes.filter.hint")}
        spellCheck={false}
        value={choice.text}
        onChange={(event) => setChoice({ ...choice, text: event.target.value })}
      />
      <select
        aria-label={t("quotes.verdict")}
        value={choice.verdict}
        onChange={(event) => setChoice({ ...choice, verdict: event.target.value })}
      >
        <option value="all">{t("quotes.verdict.all")}</option>
        <option value="bad">{t("quotes.verdict.bad")}</option>
        {VERDICTS.filter((verdict) => order.tally.has(verdict) || verdict === choice.verdict).map((verdict) => (
          <option key={verdict} value={verdict}>
            {word(t, "verdict", verdict)}
          </option>
        ))}
      </select>
    </div>
  );
}

/** How many are what; a click shows only those. */
function Tally({ choice, setChoice, order }: ChoiceProps) {
  const t = useT();
  const { isFresh } = useLink();
  const counts = new Map<string, number>();
  for (const [verdict, count] of order.tally) {
    const shown = shownVerdict(verdict, isFresh);
    counts.set(shown, (counts.get(shown) ?? 0) + count);
  }
  if (counts.size === 0) return null;
  return (
    <div className="tally" role="group" aria-label={t("quotes.tally")}>
      {VERDICTS.filter((verdict) => counts.has(verdict)).map((verdict) => (
        <button
          key={verdict}
          type="button"
          className={`tally-one tone-${toneOf(verdict)}`}
          aria-pressed={choice.verdict === verdict}
          disabled={verdict === "no_connection"}
          onClick={() => setChoice({ ...choice, verdict: choice.verdict === verdict ? "all" : verdict })}
        >
          <strong>{counts.get(verdict)}</strong> {word(t, "verdict", verdict)}
        </button>
      ))}
    </div>
  );
}
