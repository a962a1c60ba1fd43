import { describe, expect, it } from "vitest";
import type { Project, Snapshot, StartPlan } from "../src/api/types";
import { projectNames, whatStarts } from "../src/stream/whatStarts";

const PLAN = { snapshot: "chosen", decision_snapshot_id: null } as StartPlan;

function project(id: number, change: Partial<Project> = {}): Project {
  const told = { note: "", created_at: "", snapshots: 0, is_configured: false };
  return { ...told, id, name: "Desk", theme: ["KO"], snapshot_rule: "none", decision_snapshot_id: null, ...change };
}

function snapshot(id: number, ...symbols: string[]): Snapshot {
  const items = symbols.map((symbol) => ({ symbol, side: "long", weight: null, quantity: null, note: "" }));
  return { id, name: `s${id}`, decided_at: "", imported_at: "", origin: "", items };
}

const SNAPSHOTS = [snapshot(9, "QQQ"), snapshot(4, "SPY", "IWM")];

function startsOf(plan: Partial<StartPlan>, desk: Project, named = ""): number | "theme" {
  const found = whatStarts({ ...PLAN, ...plan }, desk, SNAPSHOTS, named);
  return found.kind === "theme" ? "theme" : found.snapshot.id;
}

describe("what a start streams", () => {
  it("is the snapshot that was named, before any rule", () => {
    expect(startsOf({ snapshot: "latest" }, project(1), "4")).toBe(4);
    expect(startsOf({ decision_snapshot_id: 9 }, project(1), "4")).toBe(4);
  });

  it("is what the configuration fixes, else what the project has chosen", () => {
    const fixed = project(1, { snapshot_rule: "fixed", decision_snapshot_id: 4 });
    expect(startsOf({ decision_snapshot_id: 9 }, fixed)).toBe(9);
    expect(startsOf({}, fixed)).toBe(4);
    expect(startsOf({ snapshot: "latest" }, fixed)).toBe(9);
    expect(startsOf({ snapshot: "none" }, fixed)).toBe("theme");
    expect(startsOf({}, project(1, { snapshot_rule: "latest" }))).toBe(9);
    expect(startsOf({}, project(1))).toBe("theme");
  });

  it("is the theme where a snapshot is empty", () => {
    expect(whatStarts(PLAN, project(1), [snapshot(5)], "5")).toEqual({ kind: "theme", symbols: ["KO"] });
  });

  it("names projects, with their number only where names do not tell them apart", () => {
    const found = projectNames([project(1), project(2), project(3, { name: "Other" })]);
    expect([...found.values()]).toEqual(["Desk (1)", "Desk (2)", "Other"]);
  });
});
