import { useT } from "../app/preferences";
import { ABSENT, compact, decimalsOf, difference, percent, price, signed } from "../format/numbers";
import { useLink } from "../live/Live";
import { shownVerdict } from "../live/verdict";
import type { ShownQuote } from "../live/quoteBook";
import { change, isGood } from "../quotes/columns";
import { FlashPrice } from "./FlashPrice";
import { Fact, Facts } from "../widgets/Facts";

export function Prices({ shown }: { shown: ShownQuote }) {
  const t = useT();
  const { isFresh } = useLink();
  const { quote, moves } = shown;
  const decimals = decimalsOf(quote.bid, quote.ask, quote.last);
  const moved = change(quote);
  const isUsable = isGood(shownVerdict(quote.verdict, isFresh));
  const points = quote.spread !== null && quote.mid ? `${((quote.spread / quote.mid) * 1e4).toFixed(1)} bp` : ABSENT;
  return (
    <div className={isUsable ? "prices" : "prices prices-old"}>
      <div className="sides">
        <Side name={t("symbol.bid")} size={compact(quote.bid_size)} className="bid">
          <FlashPrice text={price(quote.bid, decimals)} move={moves.bid} />
        </Side>
        <Side name={t("symbol.ask")} size={compact(quote.ask_size)} className="ask">
          <FlashPrice text={price(quote.ask, decimals)} move={moves.ask} />
        </Side>
        <Side name={t("symbol.last")} size={compact(quote.last_size)} className="last">
          <FlashPrice text={price(quote.last, decimals)} move={moves.last} />
        </Side>
      </div>
      <Facts>
        <Fact name={t("col.change")}>
          {moved === null ? ABSENT : `${signed(moved.absolute, decimals)} · ${percent(moved.relative)}`}
        </Fact>
        <Fact name={t("symbol.spread")}>{`${difference(quote.spread, decimals)} · ${points}`}</Fact>
        <Fact name={t("symbol.mid")}>{price(quote.mid, decimals)}</Fact>
        <Fact name={t("symbol.volume")}>{compact(quote.volume)}</Fact>
        <Fact name={t("symbol.open")}>{price(quote.open, decimals)}</Fact>
        <Fact name={t("symbol.high")}>{price(quote.high, decimals)}</Fact>
        <Fact name={t("symbol.previousClose")}>{price(quote.close, decimals)}</Fact>
        <Fact name={t("symbol.low")}>{price(quote.low, decimals)}</Fact>
      </Facts>
    </div>
  );
}

function Side(props: { name: string; size: string; className: string; children: React.ReactNode }) {
  return (
    <div className={`side side-${props.className}`}>
      <span className="side-name">{props.name}</span>
      <span className="side-price">{props.children}</span>
      <span className="side-size">{`× ${props.size}`}</span>
    </div>
  );
}
