import { useState } from "react";
import { ApiProblem, postJson } from "../api/http";
import type { Projects, StartPlan } from "../api/types";
import { useT } from "../app/preferences";
import { usePolled } from "../live/usePolled";
import { Dialog } from "../widgets/Dialog";
import { Problem } from "../widgets/Problem";
import { ConfiguredSet } from "./ConfiguredSet";
import { ProjectFields } from "./ProjectFields";
import { startBody, type StartChoice } from "./startBody";

const NOTHING: StartChoice = { project: "", snapshot: "", maxSymbols: "", refresh: "" };

/** Says what will be streamed before it is; what can be chosen depends on who names the symbols. */
export function StartDialog({ onDone, onClose }: { onDone: () => void; onClose: () => void }) {
  const t = useT();
  const plan = usePolled<StartPlan>("/api/ib/stream/plan", 0);
  const projects = usePolled<Projects>(plan.data?.takes_project ? "/api/projects" : null, 0);
  const [chosen, setChosen] = useState<Partial<StartChoice>>({});
  const choice = { ...NOTHING, project: firstProject(plan.data, projects.data), ...chosen };
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
  const isEmpty = plan.data?.takes_project === true && projects.data?.projects.length === 0;
  const canStart = plan.data !== undefined && !isEmpty && (!plan.data.takes_project || isAnswered(projects));
  return (
    <Dialog title={t("start.title")} onClose={onClose}>
      <form onSubmit={(event) => void start(event)}>
        {plan.data === undefined ? (
          plan.problem === null ? (
            <p className="hint">{t("table.loading")}</p>
          ) : (
            <Problem problem={plan.problem} />
          )
        ) : (
          <>
            {plan.data.takes_project ? (
              <ProjectFields {...{ plan: plan.data, projects, choice, set }} />
            ) : (
              <ConfiguredSet plan={plan.data} />
            )}
            {isEmpty ? null : <Limits {...{ plan: plan.data, choice, set }} />}
          </>
        )}
        {problem === null ? null : <Problem problem={problem} />}
        <div className="dialog-buttons">
          <button type="button" onClick={onClose}>
            {t("start.cancel")}
          </button>
          <button type="submit" className="primary" disabled={isBusy || !canStart}>
            {t(isBusy ? "start.wait" : "start.confirm")}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function isAnswered({ data, problem }: { data: unknown; problem: ApiProblem | null }): boolean {
  return data !== undefined || problem !== null;
}

/** The configured one if it is there, else the first. */
function firstProject(plan: StartPlan | undefined, data: Projects | undefined): string {
  const found = data?.projects.find((project) => project.is_configured) ?? data?.projects[0];
  return String(found?.id ?? plan?.project_id ?? "");
}

interface LimitsProps {
  plan: StartPlan;
  choice: StartChoice;
  set: (change: Partial<StartChoice>) => void;
}

function Limits({ plan, choice, set }: LimitsProps) {
  const t = useT();
  return (
    <div className="field-pair">
      <NumberField
        name={t("start.maxSymbols")}
        value={choice.maxSymbols}
        step={1}
        usual={plan.max_symbols === null ? t("start.all") : String(plan.max_symbols)}
        onChange={(maxSymbols) => set({ maxSymbols })}
      />
      {plan.refresh_interval_s === null || !plan.takes_refresh ? null : (
        <NumberField
          name={t("start.refresh")}
          value={choice.refresh}
          step="any"
          usual={String(plan.refresh_interval_s)}
          onChange={(refresh) => set({ refresh })}
        />
      )}
    </div>
  );
}

interface NumberFieldProps {
  name: string;
  value: string;
  step: number | "any";
  usual: string;
  onChange: (value: string) => void;
}

function NumberField({ name, value, step, usual, onChange }: NumberFieldProps) {
  return (
    <label className="field">
      <span>{name}</span>
      <input
        type="number"
        inputMode="decimal"
        min={1}
        step={step}
        value={value}
        placeholder={usual}
        onChange={(event) => onChange(event.target.value)}
      />
    </label>
  );
}
