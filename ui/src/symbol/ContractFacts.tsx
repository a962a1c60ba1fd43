import type { Contract, SymbolsAnswer } from "../api/types";
import { useT } from "../app/preferences";
import { clockTime } from "../format/times";
import { word } from "../i18n";
import { usePolled } from "../live/usePolled";
import { Fact, Facts } from "../widgets/Facts";

const PERIOD_MS = 5_000;

/** Which instrument it is and why it is streamed. */
export function ContractFacts({ symbol }: { symbol: string }) {
  const t = useT();
  const contract = usePolled<Contract>(`/api/contracts/${encodeURIComponent(symbol)}`, PERIOD_MS);
  const planned = usePolled<SymbolsAnswer>("/api/symbols", PERIOD_MS);
  const found = planned.data?.symbols.find((each) => each.symbol === symbol);
  const facts = contract.data === undefined ? [] : factsOf(contract.data);
  return (
    <>
      <section>
        <h3>{t("symbol.contract")}</h3>
        {facts.length === 0 ? (
          <p className="hint">{t("symbol.contract.none")}</p>
        ) : (
          <Facts>
            {facts.map(([name, value]) => (
              <Fact key={name} name={t(`contract.${name}`)}>
                {value}
              </Fact>
            ))}
          </Facts>
        )}
      </section>
      {found === undefined ? null : (
        <section>
          <h3>{t("symbol.why")}</h3>
          <Facts>
            <Fact name={t("symbol.origin")}>{found.origin === null ? t("unit.none") : word(t, "origin", found.origin)}</Fact>
            <Fact name={t("symbol.priority")}>{found.priority ?? t("unit.none")}</Fact>
            <Fact name={t("symbol.state")}>{found.state === null ? t("unit.none") : word(t, "planned", found.state)}</Fact>
            <Fact name={t("symbol.heldUntil")} title={found.held_until ?? undefined}>
              {clockTime(found.held_until)}
            </Fact>
          </Facts>
        </section>
      )}
    </>
  );
}

const SHOWN = [
  "con_id",
  "sec_type",
  "exchange",
  "primary_exchange",
  "currency",
  "local_symbol",
  "trading_class",
  "min_tick",
  "multiplier",
  "time_zone_id",
] as const;

/** What is known of it. */
function factsOf(contract: Contract): [(typeof SHOWN)[number], string][] {
  return SHOWN.flatMap((name) => {
    const value = contract[name];
    return value === null || value === "" ? [] : [[name, String(value)]];
  });
}
