import { useT } from "../app/preferences";
import type { FeederStatus, StatusAnswer } from "../api/types";
import { signed, whole } from "../format/numbers";
import { clockTime, duration } from "../format/times";
import { isKey } from "../i18n";
import { useLive } from "../live/Live";
import { Badge } from "../widgets/Badge";
import { OldMark } from "../widgets/Age";
import { Fact, Facts } from "../widgets/Facts";
import { Panel } from "../widgets/Panel";
import { connectionOf, marketOf } from "./gatewayLook";

const OLD_AFTER_S = 6;

export function GatewayPanel() {
  const t = useT();
  const { status } = useLive();
  const { data, heardAt } = status;
  const hasRun = data?.run != null || data?.supervisor_alive === false;
  const feeder = hasRun ? (data?.feeder ?? null) : null;
  return (
    <Panel title={t("gateway.title")} aside={<OldMark heardAt={heardAt} limitS={OLD_AFTER_S} />}>
      {data === undefined || feeder === null ? (
        <p className="hint">{t("gateway.none")}</p>
      ) : (
        <>
          <Connection status={data} feeder={feeder} />
          <Farms feeder={feeder} />
          <Errors feeder={feeder} />
        </>
      )}
    </Panel>
  );
}

function Connection({ status, feeder }: { status: StatusAnswer; feeder: FeederStatus }) {
  const t = useT();
  const waiting = feeder.history_queue.length;
  return (
    <Facts>
      <Fact name={t("gateway.connection")}>
        <Badge group="connection" value={connectionOf(status)} />
      </Fact>
      <Fact name={t("gateway.address")}>{status.gateway ?? t("unit.none")}</Fact>
      <Fact name={t("gateway.account")}>{feeder.account ?? t("unit.none")}</Fact>
      <Fact name={t("gateway.version")}>{feeder.server_version ?? t("unit.none")}</Fact>
      <Fact name={t("gateway.session")}>{t(`gateway.session.${marketOf(feeder)}`)}</Fact>
      {feeder.clock_skew_s === null ? null : (
        <Fact name={t("gateway.clock")}>{`${signed(feeder.clock_skew_s, 1)} s`}</Fact>
      )}
      <Budget feeder={feeder} />
      <Fact name={t("gateway.history")}>
        {waiting === 0
          ? t("gateway.history.idle")
          : t("gateway.history.queue", { count: waiting, wait: duration(feeder.history_wait_s) })}
      </Fact>
    </Facts>
  );
}

/** What IB allows, and how much of it is used. */
function Budget({ feeder: { lines, pacing } }: { feeder: FeederStatus }) {
  const t = useT();
  return (
    <>
      {lines === null ? null : (
        <Fact name={t("gateway.lines")}>
          {t("gateway.lines.of", { used: lines.used, limit: lines.limit })}
          {lines.rotated > 0 ? ` · ${t("gateway.rotated", { count: lines.rotated })}` : null}
          <Meter used={lines.used} limit={lines.limit} name={t("gateway.lines")} />
        </Fact>
      )}
      {pacing === null ? null : (
        <Fact name={t("gateway.rate")}>
          {t("gateway.rate.of", { used: pacing.last_s, limit: whole(pacing.limit_per_s) })}
          {pacing.is_slow ? ` · ${t("gateway.rate.halved")}` : null}
          <Meter used={pacing.last_s} limit={pacing.limit_per_s} name={t("gateway.rate")} />
        </Fact>
      )}
    </>
  );
}

function Meter({ used, limit, name }: { used: number; limit: number; name: string }) {
  return <meter aria-label={name} min={0} max={limit} high={Math.max(0, limit * 0.95)} optimum={0} value={Math.min(used, limit)} />;
}

function Farms({ feeder }: { feeder: FeederStatus }) {
  const t = useT();
  return (
    <div className="farms">
      <h3>{t("gateway.farms")}</h3>
      {feeder.farms.length === 0 ? <p className="hint">{t("gateway.farms.none")}</p> : null}
      <ul>
        {feeder.farms.map((farm) => (
          <li key={farm.name} title={farm.since}>
            <Badge group="farm" value={farm.state} />
            <span>{farm.name}</span>
            {farm.outages > 0 ? <span className="hint">{t("alerts.times", { count: farm.outages })}</span> : null}
          </li>
        ))}
      </ul>
    </div>
  );
}

function Errors({ feeder }: { feeder: FeederStatus }) {
  const t = useT();
  const last = feeder.last_error;
  const others = Object.entries(feeder.errors_by_code).filter(([code]) => Number(code) !== last?.code);
  const again = last === null ? 0 : (feeder.errors_by_code[String(last.code)] ?? 1);
  const codeKey = `code.${last?.code}`;
  return (
    <div className="errors">
      <h3>{t("gateway.errors")}</h3>
      {last === null ? (
        <p className="hint">{t("gateway.errors.none")}</p>
      ) : (
        <div className="last-error">
          <p>
            <strong className="mono">{last.code}</strong>
            {again > 1 ? <span className="hint">{` × ${again}`}</span> : null}
            {isKey(codeKey) ? ` ${t(codeKey)}` : null}
          </p>
          <p className="hint">
            {`${clockTime(last.at)}${last.symbol === null ? "" : ` · ${last.symbol}`} · ${last.text}`}
          </p>
        </div>
      )}
      <ul className="other-errors">
        {others.map(([code, count]) => (
          <OtherError key={code} code={code} count={count} />
        ))}
      </ul>
    </div>
  );
}

/** A code that came before the last one, in this life of the feeder. */
function OtherError({ code, count }: { code: string; count: number }) {
  const t = useT();
  const key = Number(code) < 0 ? "gateway.errors.others" : `code.${code}`;
  return (
    <li className="hint">
      {Number(code) < 0 ? null : <span className="mono">{code}</span>}
      {` × ${count}`}
      {isKey(key) ? ` ${t(key)}` : null}
    </li>
  );
}
