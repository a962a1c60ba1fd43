import { memo } from "react";
import { useT } from "../app/preferences";
import { compact, decimalsOf, difference, percent, price } from "../format/numbers";
import { duration } from "../format/times";
import { isKey } from "../i18n";
import { useQuote } from "../live/Live";
import { shownVerdict } from "../live/verdict";
import { ageS } from "../live/quoteBook";
import { useNow } from "../live/ticker";
import { Badge } from "../widgets/Badge";
import { change, isGood } from "./columns";
import { FlashPrice } from "./FlashPrice";
import { ROW_PX } from "./visibleRange";

interface QuoteRowProps {
  symbol: string;
  index: number;
  isActive: boolean;
  isFresh: boolean;
  onOpen: (symbol: string) => void;
}

export const rowId = (symbol: string) => `quote-${encodeURIComponent(symbol)}`;

export const QuoteRow = memo(function QuoteRow({ symbol, index, isActive, isFresh, onOpen }: QuoteRowProps) {
  const t = useT();
  const shown = useQuote(symbol);
  const moment = useNow();
  if (shown === undefined) return null;
  const { quote, moves } = shown;
  const verdict = shownVerdict(quote.verdict, isFresh);
  const decimals = decimalsOf(quote.bid, quote.ask, quote.last);
  const moved = change(quote);
  const meansKey = `verdict.${verdict}.means`;
  return (
    <div
      role="row"
      id={rowId(symbol)}
      aria-rowindex={index + 2}
      aria-selected={isActive}
      className={`quote ${isGood(verdict) ? "" : "quote-old"} ${isActive ? "quote-active" : ""}`}
      data-symbol={symbol}
      data-verdict={verdict}
      style={{ transform: `translateY(${index * ROW_PX}px)` }}
      onClick={() => onOpen(symbol)}
    >
      <div role="rowheader" className="c-symbol">
        {symbol}
        {quote.is_halted ? <span className="badge tone-bad">{t("quote.halted")}</span> : null}
      </div>
      <div role="gridcell" className="c-bid">
        <FlashPrice text={price(quote.bid, decimals)} move={moves.bid} />
      </div>
      <div role="gridcell" className="c-ask">
        <FlashPrice text={price(quote.ask, decimals)} move={moves.ask} />
      </div>
      <div role="gridcell" className="c-last">
        <FlashPrice text={price(quote.last, decimals)} move={moves.last} />
      </div>
      <div role="gridcell" className="c-spread">
        {difference(quote.spread, decimals)}
      </div>
      <div role="gridcell" className={`c-change ${moved === null ? "" : moved.relative < 0 ? "down" : "up"}`}>
        {percent(moved?.relative)}
      </div>
      <div role="gridcell" className="c-volume">
        {compact(quote.volume)}
      </div>
      <div role="gridcell" className="c-age">
        {duration(ageS(shown, moment))}
      </div>
      <div role="gridcell" className="c-source">
        <Badge group="source" value={quote.source} isQuiet />
      </div>
      <div role="gridcell" className="c-verdict">
        <Badge group="verdict" value={verdict} title={isKey(meansKey) ? t(meansKey) : undefined} />
      </div>
    </div>
  );
});
