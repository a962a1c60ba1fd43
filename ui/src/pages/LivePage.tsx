import { useLink } from "../live/Live";
import { useT } from "../app/preferences";
import { usePlace } from "../app/router";
import { AlertsPanel } from "../panels/AlertsPanel";
import { ChildrenPanel } from "../panels/ChildrenPanel";
import { EventsPanel } from "../panels/EventsPanel";
import { GatewayPanel } from "../panels/GatewayPanel";
import { PositionsPanel } from "../panels/PositionsPanel";
import { QuoteTable } from "../quotes/QuoteTable";
import { StreamCard } from "../stream/StreamCard";
import { SymbolDrawer } from "../symbol/SymbolDrawer";

export function LivePage() {
  const t = useT();
  const { isFresh } = useLink();
  const { symbol } = usePlace();
  return (
    <div className={`live ${isFresh ? "" : "is-lost"}`}>
      <h1 className="unseen">{t("live.heading")}</h1>
      <div className="live-main">
        <StreamCard />
        <QuoteTable />
        <PositionsPanel />
      </div>
      <div className="live-side">
        <AlertsPanel />
        <GatewayPanel />
        <ChildrenPanel />
        <EventsPanel />
      </div>
      {symbol === null ? null : <SymbolDrawer key={symbol} symbol={symbol} />}
    </div>
  );
}
