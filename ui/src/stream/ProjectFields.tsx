import type { Project, Projects, Snapshot, Snapshots, StartPlan } from "../api/types";
import { useT } from "../app/preferences";
import { clockTime } from "../format/times";
import { usePolled, type Polled } from "../live/usePolled";
import { problemWords } from "../widgets/Problem";
import type { StartChoice } from "./startBody";
import { SymbolNames } from "./SymbolNames";
import { projectNames, whatStarts } from "./whatStarts";

interface FieldsProps {
  plan: StartPlan;
  projects: Polled<Projects>;
  choice: StartChoice;
  set: (change: Partial<StartChoice>) => void;
}

/** Project and decision snapshot by name, and which symbols that means. */
export function ProjectFields({ plan, projects, choice, set }: FieldsProps) {
  const t = useT();
  const known = projects.data?.projects ?? [];
  const chosen = known.find((project) => String(project.id) === choice.project);
  const path = chosen === undefined ? null : `/api/projects/${chosen.id}/snapshots`;
  const snapshots = usePolled<Snapshots>(path, 0);
  if (projects.data === undefined) {
    if (projects.problem === null) return <p className="hint">{t("table.loading")}</p>;
    const why = problemWords(t, projects.problem).what;
    return <p className="problem">{t("start.noProjects", { why, project: plan.project_id })}</p>;
  }
  if (chosen === undefined) return <p className="problem">{t("start.emptyDatabase")}</p>;
  const names = projectNames(known);
  const found = snapshots.data?.snapshots ?? [];
  return (
    <>
      <label className="field">
        <span>{t("start.project")}</span>
        <select value={choice.project} onChange={(event) => set({ project: event.target.value, snapshot: "" })}>
          {known.map((project) => (
            <option key={project.id} value={project.id}>
              {names.get(project.id)}
            </option>
          ))}
        </select>
      </label>
      <label className="field">
        <span>{t("start.snapshot")}</span>
        <select value={choice.snapshot} onChange={(event) => set({ snapshot: event.target.value })}>
          <option value="">{t("start.snapshot.chosen")}</option>
          {found.map((snapshot) => (
            <option key={snapshot.id} value={snapshot.id}>
              {t("start.snapshot.one", { name: snapshot.name, time: clockTime(snapshot.decided_at) })}
            </option>
          ))}
        </select>
      </label>
      {snapshots.data === undefined ? null : <Starts plan={plan} project={chosen} snapshots={found} named={choice.snapshot} />}
    </>
  );
}

interface StartsProps {
  plan: StartPlan;
  project: Project;
  snapshots: readonly Snapshot[];
  named: string;
}

function Starts({ plan, project, snapshots, named }: StartsProps) {
  const t = useT();
  const starts = whatStarts(plan, project, snapshots, named);
  const symbols = starts.kind === "theme" ? starts.symbols : starts.snapshot.items.map((item) => item.symbol);
  const text =
    starts.kind === "theme"
      ? t("start.set.theme", { count: symbols.length, project: project.name })
      : t("start.set.snapshot", { count: symbols.length, snapshot: starts.snapshot.name });
  return (
    <div className="starts" data-testid="starts">
      <p>{text}</p>
      <SymbolNames symbols={symbols} />
    </div>
  );
}
