import { useT } from "./preferences";
import { useMode } from "./useMode";

/** Stands over every page as long as the prices are not those of a live account. */
export function ModeBanner() {
  const t = useT();
  const mode = useMode();
  if (mode !== "mock" && mode !== "paper") return null;
  return (
    <div className={`banner banner-${mode}`} role="note">
      {t(`mode.banner.${mode}`)}
    </div>
  );
}
