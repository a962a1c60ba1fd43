import { useT } from "../app/preferences";
import type { ChildReport } from "../api/types";
import { bytes, whole } from "../format/numbers";
import { duration } from "../format/times";
import { useLive } from "../live/Live";
import { Badge } from "../widgets/Badge";
import { OldMark } from "../widgets/Age";
import { Panel } from "../widgets/Panel";

const OLD_AFTER_S = 6;

export function ChildrenPanel() {
  const t = useT();
  const { status } = useLive();
  const { data, heardAt } = status;
  const children = data?.children ?? [];
  return (
    <Panel title={t("children.title")} aside={<OldMark heardAt={heardAt} limitS={OLD_AFTER_S} />}>
      {children.length === 0 ? (
        <p className="hint">{t(data?.supervisor_alive ? "children.none" : "children.noSupervisor")}</p>
      ) : (
        <div className="scroll-x" tabIndex={0} role="group" aria-label={t("children.title")}>
          <table className="rows">
            <thead>
              <tr>
                <th scope="col">{t("children.name")}</th>
                <th scope="col">{t("children.state")}</th>
                <th scope="col" className="number">
                  {t("children.beat")}
                </th>
                <th scope="col" className="number">
                  {t("children.cpu")}
                </th>
                <th scope="col" className="number">
                  {t("children.memory")}
                </th>
                <th scope="col" className="number">
                  {t("children.restarts")}
                </th>
              </tr>
            </thead>
            <tbody>
              {children.map((child) => (
                <Child key={child.name} child={child} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}

function Child({ child }: { child: ChildReport }) {
  const t = useT();
  const isLate =
    child.heartbeat_age_s !== null &&
    child.heartbeat_limit_s !== null &&
    child.heartbeat_age_s > child.heartbeat_limit_s;
  const last = child.last_exit ? t("children.last", { how: child.last_exit }) : undefined;
  const cpu = child.cpu_percent === null ? t("unit.none") : `${whole(child.cpu_percent)} %`;
  return (
    <tr>
      <th scope="row" title={child.pid === null ? undefined : `${child.pid}`}>
        {child.name}
      </th>
      <td>
        <Badge group="run" value={child.state} title={last} />
        {child.starts_in_s === null ? null : (
          <span className="hint beside">{t("children.startsIn", { time: duration(child.starts_in_s) })}</span>
        )}
      </td>
      <td className={isLate ? "number late" : "number"}>{duration(child.heartbeat_age_s)}</td>
      <td className="number">{cpu}</td>
      <td className="number">{bytes(child.rss_bytes)}</td>
      <td className="number" title={last}>
        {whole(child.restarts)}
      </td>
    </tr>
  );
}
