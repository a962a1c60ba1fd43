/** Which symbols a start would stream, as far as it can be known before. Pure. */

import type { Project, Snapshot, StartPlan } from "../api/types";

export type WhatStarts =
  | { readonly kind: "snapshot"; readonly snapshot: Snapshot }
  | { readonly kind: "theme"; readonly symbols: readonly string[] };

/** As the planner decides it: a snapshot that is named, else the configured or chosen rule; an empty one counts as none. */
export function whatStarts(
  plan: StartPlan,
  project: Project,
  snapshots: readonly Snapshot[],
  named: string,
): WhatStarts {
  const found = snapshotOf(plan, project, snapshots, named);
  return found === undefined || found.items.length === 0
    ? { kind: "theme", symbols: project.theme }
    : { kind: "snapshot", snapshot: found };
}

function snapshotOf(plan: StartPlan, project: Project, snapshots: readonly Snapshot[], named: string) {
  const id = named === "" ? plan.decision_snapshot_id : Number(named);
  const fixed = plan.snapshot === "chosen" && project.snapshot_rule === "fixed" ? project.decision_snapshot_id : null;
  const wanted = id ?? fixed;
  if (wanted !== null) return snapshots.find((each) => each.id === wanted);
  const rule = plan.snapshot === "chosen" ? project.snapshot_rule : plan.snapshot;
  return rule === "latest" ? snapshots[0] : undefined;
}

/** The names of projects for a list to choose from; the number stands with those that share their name. */
export function projectNames(projects: readonly Project[]): Map<number, string> {
  const shared = new Set(projects.filter((one) => projects.some((other) => other.id !== one.id && other.name === one.name)));
  return new Map(projects.map((one) => [one.id, shared.has(one) ? `${one.name} (${one.id})` : one.name]));
}
