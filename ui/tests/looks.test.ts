import { describe, expect, it } from "vitest";
import { problemOf } from "../src/api/http";
import type { EventEntry, StatusAnswer } from "../src/api/types";
import type { StatusUpdate } from "../src/live/messages";
import { shownVerdict } from "../src/live/verdict";
import { connectionOf } from "../src/panels/gatewayLook";
import { timeline } from "../src/panels/timeline";
import { byReason } from "../src/stream/byReason";
import { startBody } from "../src/stream/startBody";
import { isRunOn, streamLook } from "../src/stream/streamLook";
import { TickLine } from "../src/symbol/tickLine";

const WORDS = { mode: "STREAM", cause: "", since: "2026-03-04T15:00:00Z" };
const UPDATE: StatusUpdate = {
  at: "2026-03-04T15:30:00Z",
  stream: { ...WORDS, state: "streaming", status: "connected", code: "streaming" },
  desired: 5,
  confirmed: 5,
  pending: 0,
  on_fallback: 0,
  heartbeat_age_s: 0.1,
  feed_alive: true,
  market_data_type: "realtime",
  api_mode: "live",
  epoch: 1,
  segment_id: "x",
};

function statusOf(state: string, change: Partial<StatusAnswer> = {}): StatusAnswer {
  const stream = { ...WORDS, state, status: "connected", code: state, health: "running", since_s: 1, transitions: [] };
  return {
    stream: stream as NonNullable<StatusAnswer["stream"]>,
    run: null,
    children: [],
    feeder: null,
    supervisor_alive: true,
    supervisor: { state: "running", why: null, pid: 1, started_at: null, uptime_s: null, version: null },
    episodes: [],
    api_mode: "live",
    segment: "default",
    epoch: 1,
    gateway: null,
    notes: [],
    at: "2026-03-04T15:30:00Z",
    ...change,
  };
}

describe("what is shown", () => {
  it("is never live without a fresh connection", () => {
    for (const verdict of ["live", "quiet", "closed", "fallback", "missing"]) {
      expect(shownVerdict(verdict, false)).toBe("no_connection");
      expect(shownVerdict(verdict, true)).toBe(verdict);
    }
  });

  it("follows the socket, which speaks first, and the status where the socket is silent", () => {
    expect(streamLook(UPDATE, undefined)).toMatchObject({ status: "connected", desired: 5, mode: "STREAM" });
    expect(streamLook(null, undefined)).toMatchObject({ status: "unknown", desired: null });
    expect(streamLook(null, statusOf("partial"))).toMatchObject({ status: "connected", state: "partial" });
  });

  it("counts nothing of a feeder that has ended", () => {
    const stopped = { ...UPDATE, stream: { ...UPDATE.stream, state: "stopped", status: "disconnected" } };
    expect(streamLook(stopped, undefined)).toMatchObject({ desired: null, confirmed: null, dataType: null });
  });

  it("offers stop only while a run is on", () => {
    const run = { run_id: "r", started_at: "", by: "api", project_id: 1, decision_snapshot_id: null, symbols: 1 };
    const running = statusOf("streaming", { run });
    expect(isRunOn(streamLook(null, running), running)).toBe(true);
    expect(isRunOn(streamLook(null, statusOf("stopped")), statusOf("stopped"))).toBe(false);
  });

  it("takes no gateway for connected that the stream calls lost", () => {
    expect(connectionOf(statusOf("streaming"))).toBe("connected");
    expect(connectionOf(statusOf("gateway_suspect"))).toBe("suspect");
    expect(connectionOf(statusOf("gateway_lost"))).toBe("disconnected");
    expect(connectionOf(statusOf("x", { stream: null }))).toBe("unknown");
  });
});

describe("requests and answers", () => {
  it("ask for what was chosen and leave the rest as configured", () => {
    const nothing = { project: "7", snapshot: "", maxSymbols: "", refresh: "" };
    expect(startBody(nothing)).toEqual({ project_id: 7 });
    expect(startBody({ ...nothing, snapshot: "12", maxSymbols: "50", refresh: "0.5" })).toEqual({
      project_id: 7,
      decision_snapshot_id: 12,
      max_symbols: 50,
      refresh_interval_seconds: 0.5,
    });
  });

  it("say every failure in one shape, also what is no answer of the api", () => {
    const body = { error: { code: "ib_stream_lock_busy", message: "busy", next_step: "stop it", details: { a: 1 } } };
    expect(problemOf(409, JSON.stringify(body))).toMatchObject({ code: "ib_stream_lock_busy", nextStep: "stop it" });
    expect(problemOf(502, "<html>bad gateway</html>")).toMatchObject({ code: "http_502", status: 502 });
  });
});

describe("the chart's line", () => {
  const tick = (sequence: number, ms: number, last: number | null = sequence) => ({
    sequence,
    ts: new Date(ms).toISOString(),
    bid: null,
    ask: null,
    last,
  });

  it("is in order and has no time twice, however fast the ticks come", () => {
    const line = new TickLine();
    line.add(tick(5, 5000));
    line.add(tick(6, 5000));
    line.add(tick(7, 4000));
    expect(line.addHistory([tick(5, 5000), tick(4, 5000), tick(3, 1000)])).toBe(true);
    const times = line.points.map(({ timeS }) => timeS);
    expect(line.points.map(({ sequence }) => sequence)).toEqual([3, 4, 5, 6, 7]);
    expect(times).toEqual([...new Set(times)].sort((left, right) => left - right));
  });

  it("takes a record once, and none without a price", () => {
    const line = new TickLine();
    expect(line.add(tick(1, 1000))).toBe(true);
    expect(line.add(tick(1, 1000))).toBe(false);
    expect(line.add(tick(2, 2000, null))).toBe(false);
    expect(line.add({ ...tick(3, 3000), ts: null })).toBe(false);
    expect(line.points.length).toBe(1);
  });

  it("stays bounded", () => {
    const line = new TickLine();
    for (let sequence = 1; sequence <= 5_000; sequence += 1) line.add(tick(sequence, sequence));
    expect(line.points.length).toBe(2_000);
    expect(line.points.at(-1)?.sequence).toBe(5_000);
  });
});

describe("lists", () => {
  it("have the newest event first, whoever tells it", () => {
    const step = { sequence: 1, state: "streaming", status: "connected", cause: "", code: "streaming" };
    const found = timeline(
      [{ ...step, at: "2026-03-04T10:00:02Z" }],
      [
        { id: 1, at: "2026-03-04T10:00:01Z", kind: "set.changed", subject: "SPY", text: "added", data: {} },
        { id: 2, at: "2026-03-04T10:00:03Z", kind: "origin.failed", subject: "", text: "gone", data: {} },
      ],
    );
    expect(found.map(({ name }) => name)).toEqual(["origin.failed", "streaming", "set.changed"]);
    expect(found[2]).toMatchObject({ subject: "SPY", text: "added", title: "set.changed: SPY: added" });
  });

  it("say which fault began or ended, and leave out numbers that say nothing to people", () => {
    const data = { kind_of: "link_down", severity: "critical" } as object as EventEntry["data"];
    const at = "2026-03-04T10:00:00Z";
    const found = timeline([], [
      { id: 1, at, kind: "episode.opened", subject: "gateway", text: "1100", data },
      { id: 2, at, kind: "episode.closed", subject: "gateway", text: "1100", data },
      { id: 3, at, kind: "run.ended", subject: "0197-run", text: "stopped by api", data: {} },
    ]);
    expect(found[0]).toMatchObject({ episode: "link_down", subject: "", text: "1100", tone: "bad" });
    expect(found[1]).toMatchObject({ episode: "link_down", text: "", tone: "good" });
    expect(found[2]).toMatchObject({ episode: null, subject: "", text: "stopped by api" });
    expect(found[2]?.title).toContain("0197-run");
  });

  it("name a reason once for all symbols that share it", () => {
    expect(byReason({ B: "no", A: "no", C: "other" })).toEqual([
      { why: "no", symbols: ["A", "B"] },
      { why: "other", symbols: ["C"] },
    ]);
  });
});
