import type { StartPlan } from "../api/types";
import { useT } from "../app/preferences";
import { SymbolNames } from "./SymbolNames";

/** What is started where no project is asked: the configuration has said who names the symbols. */
export function ConfiguredSet({ plan }: { plan: StartPlan }) {
  const t = useT();
  const { origin, place, symbols } = plan;
  if (origin === "static") {
    const named = symbols ?? [];
    return (
      <div className="starts" data-testid="starts">
        <p>{t("start.set.static", { count: named.length })}</p>
        <SymbolNames symbols={named} />
      </div>
    );
  }
  return (
    <div className="starts" data-testid="starts">
      <p>{t(`start.set.${origin === "database" ? "sql" : origin}`, { place })}</p>
    </div>
  );
}
