import { useState } from "react";
import { useT } from "../app/preferences";
import { duration, clockTime, secondsSince, wholeDuration } from "../format/times";
import { whole } from "../format/numbers";
import { isKey, word } from "../i18n";
import { useLink, useLive } from "../live/Live";
import { useNow } from "../live/ticker";
import { Panel } from "../widgets/Panel";
import { StartDialog } from "./StartDialog";
import { StreamNotes } from "./StreamNotes";
import { StopDialog } from "./StopDialog";
import { isRunOn, streamLook, type StreamLook } from "./streamLook";

export function StreamCard() {
  const t = useT();
  const { update, status } = useLive();
  const { isFresh } = useLink();
  const look = streamLook(isFresh ? update : null, status.data);
  return (
    <Panel title={t("stream.title")} className="stream" aside={<Actions look={look} />}>
      <div className="stream-body">
        <Headline look={look} isFresh={isFresh} />
        <Counts look={look} />
      </div>
      <StreamNotes />
    </Panel>
  );
}

function Headline({ look, isFresh }: { look: StreamLook; isFresh: boolean }) {
  const t = useT();
  const { wallMs } = useNow();
  const status = isFresh ? look.status : "unknown";
  const causeKey = `cause.${look.code}`;
  const cause = isKey(causeKey) ? t(causeKey) : look.cause;
  const time = clockTime(look.since, wallMs);
  const age = duration(Math.floor(secondsSince(look.since, wallMs) ?? 0));
  return (
    <div className={`stream-status status-${status}`} data-testid="stream-status" data-status={status}>
      <p className="stream-word">
        <span className="lamp" aria-hidden="true" />
        {t(`stream.status.${status}`)}
      </p>
      <p className="stream-cause" title={look.cause}>
        {isFresh || look.status === "unknown"
          ? cause
          : t("stream.lastKnown", { status: t(`stream.status.${look.status}`), cause })}
      </p>
      <p className="stream-since" title={look.since ?? undefined}>
        {look.since === null || !isFresh ? null : t("stream.since", { time, age })}
      </p>
    </div>
  );
}

function Counts({ look }: { look: StreamLook }) {
  const t = useT();
  return (
    <dl className="tiles">
      <Tile name={t("stream.subscribed")} value={whole(look.desired)} id="subscribed" />
      <Tile name={t("stream.confirmed")} value={whole(look.confirmed)} id="confirmed" />
      <Tile name={t("stream.pending")} value={whole(look.pending)} tone={look.pending ? "warn" : ""} id="pending" />
      <Tile name={t("stream.fallback")} value={whole(look.onFallback)} tone={look.onFallback ? "warn" : ""} />
      <LastUpdateTile />
      <Tile name={t("stream.dataType")} value={look.dataType === null ? null : word(t, "data", look.dataType)} />
      <Tile name={t("stream.mode")} value={look.mode} tone={look.mode === "POLL" ? "warn" : ""} />
      <Tile name={t("stream.health")} value={look.health === null ? null : word(t, "run", look.health)} />
    </dl>
  );
}

function LastUpdateTile() {
  const t = useT();
  const { book } = useLive();
  useNow();
  const age = book.newestPriceAgeS();
  const value = age === null ? null : t("stream.ago", { age: wholeDuration(age) });
  return <Tile name={t("stream.lastUpdate")} value={value} tone={age !== null && age > 10 ? "warn" : ""} id="last-update" />;
}

function Tile(props: { name: string; value: string | null; tone?: string; id?: string }) {
  const t = useT();
  return (
    <div className={`tile ${props.tone ? `tile-${props.tone}` : ""}`}>
      <dt>{props.name}</dt>
      <dd data-testid={props.id}>{props.value ?? t("unit.none")}</dd>
    </div>
  );
}

function Actions({ look }: { look: StreamLook }) {
  const t = useT();
  const { status } = useLive();
  const { isFresh } = useLink();
  const [open, setOpen] = useState<"start" | "stop" | null>(null);
  const isOn = isRunOn(look, status.data);
  const run = status.data?.run;
  const canAct = isFresh && status.data?.supervisor_alive === true;
  const done = () => {
    setOpen(null);
    status.again();
  };
  return (
    <div className="stream-actions">
      {isOn && run != null ? (
        <span className="stream-run" title={run.run_id}>
          {t("stream.runBy", { project: run.project_id, by: run.by === "" ? t("unit.none") : word(t, "by", run.by) })}
        </span>
      ) : null}
      {isOn ? (
        <button type="button" className="danger" disabled={!canAct} onClick={() => setOpen("stop")}>
          {t("stream.stop")}
        </button>
      ) : (
        <button type="button" className="primary" disabled={!canAct} onClick={() => setOpen("start")}>
          {t("stream.start")}
        </button>
      )}
      {open === "start" ? <StartDialog onDone={done} onClose={() => setOpen(null)} /> : null}
      {open === "stop" ? (
        <StopDialog count={look.desired ?? 0} onDone={done} onClose={() => setOpen(null)} />
      ) : null}
    </div>
  );
}
