import { useT } from "../app/preferences";
import type { Episode } from "../api/types";
import { clockTime, duration, secondsSince } from "../format/times";
import { word } from "../i18n";
import { useLink, useLive } from "../live/Live";
import { useNow } from "../live/ticker";
import { Badge } from "../widgets/Badge";
import { Panel } from "../widgets/Panel";

const SEVERITIES = ["critical", "warning", "info"];

/** What goes wrong now: one entry per episode, the gravest first. */
export function AlertsPanel() {
  const t = useT();
  const { status } = useLive();
  const { isFresh } = useLink();
  const open = [...(status.data?.episodes ?? [])].sort(
    (left, right) => SEVERITIES.indexOf(left.severity) - SEVERITIES.indexOf(right.severity),
  );
  const count = open.length > 0 ? <span className="count">{t("alerts.count", { count: open.length })}</span> : null;
  return (
    <Panel title={t("alerts.title")} aside={count}>
      {!isFresh || status.data === undefined ? <p className="hint">{t("alerts.unknown")}</p> : null}
      {open.length === 0 ? (
        isFresh && status.data !== undefined ? (
          <p className="calm">{t("alerts.none")}</p>
        ) : null
      ) : (
        <ul className="alerts" aria-live="polite">
          {open.map((episode) => (
            <Alert key={episode.episode_id} episode={episode} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

function Alert({ episode }: { episode: Episode }) {
  const t = useT();
  const { wallMs } = useNow();
  const age = duration(Math.floor(secondsSince(episode.opened_at, wallMs) ?? 0));
  return (
    <li className={`alert alert-${episode.severity}`}>
      <p className="alert-head">
        <Badge group="severity" value={episode.severity} />
        <strong>{word(t, "episode", episode.kind)}</strong>
        <span className="hint">{episode.scope}</span>
      </p>
      <p>{episode.cause}</p>
      <p className="hint">
        <span title={episode.opened_at}>{`${clockTime(episode.opened_at, wallMs)}, ${t("alerts.for", { age })}`}</span>
        {episode.count > 1 ? ` · ${t("alerts.times", { count: episode.count })}` : ""}
        {episode.heals === "" ? "" : ` · ${t("alerts.heals", { how: episode.heals })}`}
      </p>
    </li>
  );
}
