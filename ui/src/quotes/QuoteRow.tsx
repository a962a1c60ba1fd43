import { memo, useRef } from "react";
import { useT } from "../app/preferences";
import { isKey } from "../i18n";
import { useQuoteValue } from "../live/Live";
import { shownVerdict } from "../live/verdict";
import { Badge } from "../widgets/Badge";
import { isGood } from "./columns";
import { PAINTED } from "./rowPainter";
import { usePainted } from "./usePainted";
import { ROW_PX } from "./visibleRange";

interface QuoteRowProps {
  symbol: string;
  index: number;
  isActive: boolean;
  isFresh: boolean;
  onOpen: (symbol: string) => void;
}

export const rowId = (symbol: string) => `quote-${encodeURIComponent(symbol)}`;

/** A row that is rendered when its verdict changes; what moves with each tick is painted into it. */
export const QuoteRow = memo(function QuoteRow(props: QuoteRowProps) {
  const verdict = useQuoteValue(props.symbol, (quote) => quote.verdict);
  return verdict === undefined ? null : <KnownRow {...props} verdict={shownVerdict(verdict, props.isFresh)} />;
});

function KnownRow({ symbol, index, isActive, onOpen, verdict }: QuoteRowProps & { verdict: string }) {
  const t = useT();
  const row = useRef<HTMLDivElement>(null);
  const source = useQuoteValue(symbol, (quote) => quote.source) ?? "none";
  const isHalted = useQuoteValue(symbol, (quote) => quote.is_halted);
  usePainted(row, symbol);
  const meansKey = `verdict.${verdict}.means`;
  return (
    <div
      ref={row}
      role="row"
      id={rowId(symbol)}
      aria-rowindex={index + 2}
      aria-selected={isActive}
      className={`quote ${isGood(verdict) ? "" : "quote-old"} ${isActive ? "quote-active" : ""}`}
      data-symbol={symbol}
      data-verdict={verdict}
      style={{ top: index * ROW_PX }}
      onClick={() => onOpen(symbol)}
    >
      <div role="rowheader" className="c-symbol">
        {symbol}
        {isHalted === true ? <span className="badge tone-bad">{t("quote.halted")}</span> : null}
      </div>
      {PAINTED.map((column) => (
        <div key={column} role="gridcell" className={`c-${column}`} />
      ))}
      <div role="gridcell" className="c-source">
        <Badge group="source" value={source} isQuiet />
      </div>
      <div role="gridcell" className="c-verdict">
        <Badge group="verdict" value={verdict} title={isKey(meansKey) ? t(meansKey) : undefined} />
      </div>
    </div>
  );
}
