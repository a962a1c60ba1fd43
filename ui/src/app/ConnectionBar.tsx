import { isKey, type Translate } from "../i18n";
import { wholeDuration } from "../format/times";
import { elapsedMs, type Moment } from "../live/elapsed";
import type { LinkView } from "../live/feedLink";
import { useLink, useLive } from "../live/Live";
import { useNow } from "../live/ticker";
import { useT } from "./preferences";

/** How long a first connection may take before it is called lost. */
const PATIENCE_MS = 2_000;
const OPENED_AT = performance.now();

/** Says that the api is away, since when, and when it is tried again. Silent while all is well. */
export function ConnectionBar() {
  const t = useT();
  const { link } = useLive();
  const view = useLink();
  const moment = useNow();
  const isFirst = view.heardAt === null && view.tries === 0 && moment.monotonicMs - OPENED_AT < PATIENCE_MS;
  const isLost = !view.isFresh && !isFirst;
  return (
    <div className="connection" role="status" aria-live="polite">
      {isLost ? (
        <div className="banner banner-lost">
          <strong>{reason(t, view, moment)}</strong>
          <span className="connection-next">
            {view.nextTryMs === null
              ? t("link.retrying")
              : t("link.retry", { seconds: Math.max(0, Math.ceil((view.nextTryMs - moment.wallMs) / 1000)) })}
          </span>
          <button type="button" onClick={() => link.tryNow()}>
            {t("link.tryNow")}
          </button>
        </div>
      ) : null}
    </div>
  );
}

function reason(t: Translate, view: LinkView, moment: Moment): string {
  const key = `link.refused.${view.closeCode}`;
  if (isKey(key)) return t(key);
  if (view.heardAt === null) return t("link.lost.never");
  const age = wholeDuration(elapsedMs(view.heardAt, moment) / 1000);
  return t(view.phase === "open" ? "link.silent" : "link.lost", { age });
}
