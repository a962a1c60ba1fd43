import { useEffect } from "react";
import { useT } from "../app/preferences";
import type { Events } from "../api/types";
import { clockTime } from "../format/times";
import { isKey, word, type Translate } from "../i18n";
import { useLive } from "../live/Live";
import { usePolled } from "../live/usePolled";
import { Panel } from "../widgets/Panel";
import { timeline, type Happening } from "./timeline";

const PERIOD_MS = 5_000;
const SHOWN = 60;

/** What has happened, the newest first: the stream's states, and the event log where there is a database. */
export function EventsPanel() {
  const t = useT();
  const { status, eventCount } = useLive();
  const log = usePolled<Events>(`/api/events?limit=${SHOWN}`, PERIOD_MS);
  const { again } = log;
  useEffect(() => again(), [eventCount, again]);
  const entries = timeline(status.data?.stream?.transitions ?? [], log.data?.events ?? []).slice(0, SHOWN);
  return (
    <Panel title={t("events.title")} className="events">
      {entries.length === 0 ? (
        <p className="hint">{t("events.none")}</p>
      ) : (
        <ol className="timeline" tabIndex={0} aria-label={t("events.title")}>
          {entries.map((entry) => (
            <Entry key={entry.id} entry={entry} />
          ))}
        </ol>
      )}
    </Panel>
  );
}

function Entry({ entry }: { entry: Happening }) {
  const t = useT();
  const causeKey = `cause.${entry.code}`;
  const text = [entry.subject, isKey(causeKey) ? t(causeKey) : entry.text].filter((part) => part !== "").join(": ");
  return (
    <li className={`event tone-${entry.tone}`}>
      <time className="mono" dateTime={entry.at} title={entry.at}>
        {clockTime(entry.at)}
      </time>
      <span className="event-dot" aria-hidden="true" />
      <span className="event-text" title={entry.title}>
        <strong>{nameOf(t, entry)}</strong>
        {text === "" ? null : ` ${text}`}
      </span>
    </li>
  );
}

function nameOf(t: Translate, { status, episode, name }: Happening): string {
  if (status !== null) return word(t, "stream.status", status);
  if (episode === null) return word(t, "event", name);
  const what = word(t, "episode", episode);
  return name === "episode.closed" ? t("event.over", { what }) : what;
}
