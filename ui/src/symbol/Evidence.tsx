import { useT } from "../app/preferences";
import { whole } from "../format/numbers";
import { clockTime, duration } from "../format/times";
import { word } from "../i18n";
import { elapsedMs } from "../live/elapsed";
import { ageS, type ShownQuote } from "../live/quoteBook";
import { useNow } from "../live/ticker";
import { Fact, Facts } from "../widgets/Facts";

/** What speaks for the quote and what against it. */
export function Evidence({ shown }: { shown: ShownQuote }) {
  const t = useT();
  const moment = useNow();
  const { quote } = shown;
  const sinceHeard = elapsedMs(shown.heardAt, moment) / 1000;
  const vouched = quote.vouched_age_s === null ? null : quote.vouched_age_s + sinceHeard;
  const age = ageS(shown, moment);
  return (
    <section>
      <h3>{t("symbol.evidence")}</h3>
      <Facts>
        <Fact name={t("symbol.changed")}>{age === null ? t("unit.none") : t("stream.ago", { age: duration(age) })}</Fact>
        <Fact name={t("symbol.vouched")}>
          {vouched === null ? t("unit.none") : t("stream.ago", { age: duration(vouched) })}
        </Fact>
        <Fact name={t("symbol.source")}>{word(t, "source", quote.source)}</Fact>
        <Fact name={t("symbol.dataType")}>{word(t, "data", quote.market_data_type)}</Fact>
        <Fact name={t("symbol.state")}>{word(t, "state", quote.state)}</Fact>
        <Fact name={t("symbol.account")}>{word(t, "mode", quote.api_mode)}</Fact>
        <Fact name={t("symbol.received")} title={quote.ts ?? undefined}>
          {clockTime(quote.ts)}
        </Fact>
        <Fact name={t("symbol.lastTrade")} title={quote.last_trade_at ?? undefined}>
          {clockTime(quote.last_trade_at)}
        </Fact>
        <Fact name={t("symbol.sequence")}>{whole(quote.sequence)}</Fact>
      </Facts>
    </section>
  );
}
