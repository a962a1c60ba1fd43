import type { Runs } from "../api/types";
import { useT } from "../app/preferences";
import { clockTime } from "../format/times";
import { word } from "../i18n";
import { usePolled } from "../live/usePolled";
import { Problem } from "../widgets/Problem";

const PERIOD_MS = 10_000;

export function RunsPage() {
  const t = useT();
  const { data, problem } = usePolled<Runs>("/api/stream/runs", PERIOD_MS);
  return (
    <article className="panel page">
      <h1>{t("runs.title")}</h1>
      <p className="hint">{t("runs.hint")}</p>
      {problem === null ? null : <Problem problem={problem} />}
      {data === undefined ? null : data.runs.length === 0 ? <p>{t("runs.none")}</p> : <RunTable runs={data.runs} />}
    </article>
  );
}

function RunTable({ runs }: { runs: Runs["runs"] }) {
  const t = useT();
  return (
    <div className="scroll-x" tabIndex={0} role="group" aria-label={t("runs.title")}>
      <table className="rows">
        <thead>
          <tr>
            <th scope="col">{t("runs.id")}</th>
            <th scope="col">{t("runs.started")}</th>
            <th scope="col">{t("runs.by")}</th>
            <th scope="col">{t("runs.project")}</th>
            <th scope="col">{t("runs.mode")}</th>
            <th scope="col">{t("runs.ended")}</th>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <tr key={run.run_id}>
              <td className="mono">{run.run_id}</td>
              <td className="mono" title={run.started_at}>
                {clockTime(run.started_at)}
              </td>
              <td>{word(t, "by", run.started_by)}</td>
              <td>{run.project_id ?? t("unit.none")}</td>
              <td>{word(t, "mode", run.api_mode)}</td>
              <td title={run.ended_at ?? undefined}>
                {run.ended_at === null ? t("runs.running") : `${clockTime(run.ended_at)} ${run.ended_how ?? ""}`}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
