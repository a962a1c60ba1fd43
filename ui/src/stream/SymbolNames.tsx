import { useT } from "../app/preferences";

const NAMED = 40;

/** Symbols by name, as many as a dialog has room for; the title has all. */
export function SymbolNames({ symbols }: { symbols: readonly string[] }) {
  const t = useT();
  const some = symbols.slice(0, NAMED).join(" · ");
  const more = symbols.length - NAMED;
  return (
    <p className="hint" title={symbols.join(", ")}>
      {more > 0 ? t("stream.unresolved.more", { symbols: some, count: more }) : some}
    </p>
  );
}
