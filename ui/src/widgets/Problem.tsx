import type { ApiProblem } from "../api/http";
import { useT } from "../app/preferences";
import { clockTime } from "../format/times";
import { isKey, type Translate } from "../i18n";

/** What went wrong, in the reader's language where we know the case, else in the api's own words. */
export function problemWords(t: Translate, problem: ApiProblem): { what: string; next: string } {
  const key = problem.status === 401 ? "problem.token" : `problem.${problem.code}`;
  const nextKey = `${key}.next`;
  return {
    what: isKey(key) ? t(key) : problem.message,
    next: isKey(nextKey) ? t(nextKey) : problem.nextStep,
  };
}

/** An error with its next step. */
export function Problem({ problem }: { problem: ApiProblem }) {
  const t = useT();
  const { what, next } = problemWords(t, problem);
  const holder = problem.details["holder"] as Record<string, unknown> | null | undefined;
  return (
    <div className="problem" role="alert">
      <p>{what}</p>
      {holder ? (
        <p title={String(holder["command"])}>
          {t("problem.holder", {
            pid: String(holder["pid"]),
            time: clockTime(String(holder["acquired_at"])),
            run: String(holder["run_id"]),
          })}
        </p>
      ) : null}
      {next ? <p>{t("problem.next", { step: next })}</p> : null}
    </div>
  );
}
