import { lazy, Suspense, useEffect, useRef } from "react";
import { useT } from "../app/preferences";
import { showSymbol } from "../app/router";
import { isKey } from "../i18n";
import { useLink, useQuote } from "../live/Live";
import { shownVerdict } from "../live/verdict";
import { Badge } from "../widgets/Badge";
import { ContractFacts } from "./ContractFacts";
import { Evidence } from "./Evidence";
import { FileFacts } from "./FileFacts";
import { Prices } from "./Prices";
import { Turns } from "./Turns";

const TickChart = lazy(() => import("./TickChart").then(({ TickChart }) => ({ default: TickChart })));

/** Everything about one symbol, beside the table. Escape closes it. */
export function SymbolDrawer({ symbol }: { symbol: string }) {
  const t = useT();
  const { isFresh } = useLink();
  const shown = useQuote(symbol);
  const drawer = useRef<HTMLElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    drawer.current?.focus({ preventScroll: true });
    const onKey = (event: KeyboardEvent) => {
      if (event.key === "Escape" && document.querySelector("dialog[open]") === null) showSymbol(null);
    };
    document.addEventListener("keydown", onKey);
    return () => {
      document.removeEventListener("keydown", onKey);
      if (before instanceof HTMLElement) before.focus({ preventScroll: true });
    };
  }, []);
  const verdict = shown === undefined ? "missing" : shownVerdict(shown.quote.verdict, isFresh);
  const meansKey = `verdict.${verdict}.means`;
  return (
    <aside ref={drawer} className="drawer" tabIndex={-1} aria-label={symbol} data-testid="drawer" data-verdict={verdict}>
      <header className="drawer-head">
        <h2>{symbol}</h2>
        <Badge group="verdict" value={verdict} />
        {shown === undefined ? null : <Badge group="source" value={shown.quote.source} isQuiet />}
        {shown?.quote.is_halted ? <span className="badge tone-bad">{t("quote.halted")}</span> : null}
        <button
          type="button"
          className="close"
          aria-label={t("symbol.close", { symbol })}
          onClick={() => showSymbol(null)}
        >
          <span aria-hidden="true">✕</span>
        </button>
      </header>
      <div className="drawer-body" tabIndex={0}>
        <p className="drawer-means">{shown === undefined ? t("symbol.gone") : isKey(meansKey) ? t(meansKey) : null}</p>
        {shown === undefined ? null : <Prices shown={shown} />}
        <h3>{t("symbol.chart")}</h3>
        <Suspense fallback={<div className="chart" />}>
          <TickChart symbol={symbol} />
        </Suspense>
        {shown === undefined ? null : <Evidence shown={shown} />}
        <Turns symbol={symbol} />
        <ContractFacts symbol={symbol} />
        <FileFacts symbol={symbol} />
      </div>
    </aside>
  );
}
