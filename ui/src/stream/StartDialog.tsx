import { useState } from "react";
import { ApiProblem, postJson } from "../api/http";
import type { Projects, Snapshots } from "../api/types";
import { useT } from "../app/preferences";
import { clockTime } from "../format/times";
import { usePolled, type Polled } from "../live/usePolled";
import { Dialog } from "../widgets/Dialog";
import { Problem, problemWords } from "../widgets/Problem";
import { startBody, type StartChoice } from "./startBody";

const NOTHING: StartChoice = { project: "", snapshot: "", maxSymbols: "", refresh: "" };

export function StartDialog({ onDone, onClose }: { onDone: () => void; onClose: () => void }) {
  const t = useT();
  const projects = usePolled<Projects>("/api/projects", 0);
  const [chosen, setChosen] = useState<Partial<StartChoice>>({});
  const choice = { ...NOTHING, project: firstProject(projects.data), ...chosen };
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const set = (change: Partial<StartChoice>) => setChosen({ ...chosen, ...change });
  const start = async (event: React.FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      await postJson("/api/ib/stream/start", startBody(choice));
      onDone();
    } catch (error) {
      setProblem(error instanceof ApiProblem ? error : new ApiProblem(0, "unknown", String(error)));
      setBusy(false);
    }
  };
  return (
    <Dialog title={t("start.title")} onClose={onClose}>
      <form onSubmit={(event) => void start(event)}>
        <ProjectField {...{ choice, set, projects }} />
        <SnapshotField choice={choice} set={set} />
        <div className="field-pair">
          <NumberField
            name={t("start.maxSymbols")}
            value={choice.maxSymbols}
            step={1}
            onChange={(maxSymbols) => set({ maxSymbols })}
          />
          <NumberField
            name={t("start.refresh")}
            value={choice.refresh}
            step="any"
            onChange={(refresh) => set({ refresh })}
          />
        </div>
        {problem === null ? null : <Problem problem={problem} />}
        <div className="dialog-buttons">
          <button type="button" onClick={onClose}>
            {t("start.cancel")}
          </button>
          <button type="submit" className="primary" disabled={isBusy}>
            {t(isBusy ? "start.wait" : "start.confirm")}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** The configured one; none in the database: the number that stands in the configuration unless it says another. */
function firstProject(data: Projects | undefined): string {
  const found = data?.projects.find((project) => project.is_configured) ?? data?.projects[0];
  return String(found?.id ?? 1);
}

interface ChoiceProps {
  choice: StartChoice;
  set: (change: Partial<StartChoice>) => void;
}

function ProjectField({ choice, set, projects }: ChoiceProps & { projects: Polled<Projects> }) {
  const t = useT();
  const known = projects.data?.projects ?? [];
  const isAsked = projects.data === undefined && projects.problem === null;
  if (known.length > 0 || isAsked) {
    return (
      <label className="field">
        <span>{t("start.project")}</span>
        <select disabled={isAsked} value={choice.project} onChange={(event) => set({ project: event.target.value, snapshot: "" })}>
          {isAsked ? <option value={choice.project}>{t("table.loading")}</option> : null}
          {known.map((project) => (
            <option key={project.id} value={project.id}>
              {`${project.id} · ${project.name}`}
            </option>
          ))}
        </select>
      </label>
    );
  }
  return (
    <>
      <label className="field">
        <span>{t("start.project.number")}</span>
        <input
          type="number"
          min={0}
          step={1}
          required
          value={choice.project}
          onChange={(event) => set({ project: event.target.value, snapshot: "" })}
        />
      </label>
      {projects.problem === null ? null : (
        <p className="hint">{t("start.noProjects", { why: problemWords(t, projects.problem).what })}</p>
      )}
    </>
  );
}

function SnapshotField({ choice, set }: ChoiceProps) {
  const t = useT();
  const path = choice.project === "" ? null : `/api/projects/${choice.project}/snapshots`;
  const { data } = usePolled<Snapshots>(path, 0);
  return (
    <label className="field">
      <span>{t("start.snapshot")}</span>
      <select
        value={choice.snapshot}
        disabled={path === null}
        onChange={(event) => set({ snapshot: event.target.value })}
      >
        <option value="">{t("start.snapshot.chosen")}</option>
        {data?.snapshots.map((snapshot) => (
          <option key={snapshot.id} value={snapshot.id}>
            {`${snapshot.id} · ${snapshot.name} · ${clockTime(snapshot.decided_at)}`}
          </option>
        ))}
      </select>
    </label>
  );
}

interface NumberFieldProps {
  name: string;
  value: string;
  step: number | "any";
  onChange: (value: string) => void;
}

function NumberField({ name, value, step, onChange }: NumberFieldProps) {
  const t = useT();
  return (
    <label className="field">
      <span>{name}</span>
      <input
        type="number"
        inputMode="decimal"
        min={1}
        step={step}
        value={value}
        placeholder={t("start.optional")}
        onChange={(event) => onChange(event.target.value)}
      />
    </label>
  );
}
