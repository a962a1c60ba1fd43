import { useT } from "../app/preferences";
import { fileName } from "./filePath";

/** Where programs without shared memory read this quote. */
export function FileFacts({ symbol }: { symbol: string }) {
  const t = useT();
  return (
    <section>
      <h3>{t("symbol.file")}</h3>
      <p className="hint">{t("symbol.file.hint")}</p>
      <code className="path">{`<files.data_root>/${fileName(symbol)}`}</code>
    </section>
  );
}
