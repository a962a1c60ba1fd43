import { usePreferences } from "../app/preferences";
import { wholeDuration } from "../format/times";
import { elapsedMs, type Moment } from "../live/elapsed";
import { useNow } from "../live/ticker";

/** A duration that grows: `seconds` as of `heardAt`. */
export function GrowingAge({ seconds, heardAt }: { seconds: number; heardAt: Moment }) {
  const moment = useNow();
  return <>{wholeDuration(seconds + elapsedMs(heardAt, moment) / 1000)}</>;
}

/** Says that something is older than it looks; nothing while it is of now. */
export function OldMark({ heardAt, limitS }: { heardAt: Moment | null; limitS: number }) {
  const { t } = usePreferences();
  const moment = useNow();
  if (heardAt === null) return null;
  const age = elapsedMs(heardAt, moment) / 1000;
  return age > limitS ? <span className="old-mark">{t("panel.old", { age: wholeDuration(age) })}</span> : null;
}
