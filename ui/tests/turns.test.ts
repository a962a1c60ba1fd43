import { describe, expect, it } from "vitest";
import type { EpisodeTurn, LogTurn, RecordTurn } from "../src/api/types";
import type { Turn } from "../src/live/quoteBook";
import { joinTurns } from "../src/symbol/joinTurns";

const AT = "2026-03-04T15:30:00.000Z";
const AT_MS = Date.parse(AT);

function seen(sequence: number, atMs: number, change: Partial<Turn> = {}): Turn {
  return { atMs, sequence, verdict: "live", state: "live", source: "ib_stream", reason: "", ...change };
}

function record(sequence: number, at: string, change: Partial<RecordTurn> = {}): RecordTurn {
  const told = { kind: "record", market_data_type: "realtime", is_oldest: false, is_exact: true } as const;
  return { ...told, sequence, at, state: "live", source: "ib_stream", ...change };
}

function told(...turns: (RecordTurn | EpisodeTurn | LogTurn)[]) {
  return { turns, at: AT };
}

const HEARD = { monotonicMs: 5, wallMs: AT_MS };

describe("what a symbol has been", () => {
  it("shows what was before the page looked behind what it has seen", () => {
    const before = record(3, "2026-03-04T15:00:00Z", { state: "fallback", source: "ib_history" });
    const found = joinTurns([seen(9, AT_MS)], told(record(7, "2026-03-04T15:10:00Z"), before), HEARD);
    expect(found.map((row) => row.kind === "quote" && [row.verdict, row.state])).toEqual([
      ["live", "live"],
      [null, "fallback"],
    ]);
  });

  it("has what both tell once: with the page's verdict and the time when it really began", () => {
    const found = joinTurns([seen(9, AT_MS)], told(record(7, "2026-03-04T15:10:00Z", { is_oldest: true })), HEARD);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ verdict: "live", atMs: Date.parse("2026-03-04T15:10:00Z"), isOldest: true });
  });

  it("leaves the page's own time to what it has seen begin", () => {
    const stale = { state: "stale", verdict: "stale" } as const;
    const records = told(record(8, "2026-03-04T15:29:59Z", { state: "stale" }), record(2, "2026-03-04T15:00:00Z"));
    const found = joinTurns([seen(8, AT_MS, stale), seen(5, AT_MS - 60_000)], records, HEARD);
    expect(found.map((row) => row.atMs)).toEqual([AT_MS, Date.parse("2026-03-04T15:00:00Z")]);
  });

  it("fills in what passed while the connection was lost", () => {
    const records = told(
      record(20, "2026-03-04T15:29:00Z"),
      record(15, "2026-03-04T15:28:00Z", { state: "stale" }),
      record(2, "2026-03-04T15:00:00Z"),
    );
    const found = joinTurns([seen(25, AT_MS), seen(5, AT_MS - 600_000)], records, HEARD);
    expect(found.map((row) => row.kind === "quote" && row.state)).toEqual(["live", "stale", "live"]);
  });

  it("says where a state has no time of its own", () => {
    const loose = record(8, "2026-03-04T15:10:00Z", { state: "stale", is_exact: false });
    const [row] = joinTurns([seen(8, AT_MS, { state: "stale", verdict: "stale" })], told(loose), HEARD);
    expect(row).toMatchObject({ verdict: "stale", isLoose: true, isOldest: false });
  });

  it("keeps two verdicts of one record apart", () => {
    const down = seen(9, AT_MS, { verdict: "feed_down" });
    expect(joinTurns([down, seen(9, AT_MS - 1000)], told(record(1, "2026-03-04T15:00:00Z")), HEARD)).toHaveLength(2);
  });

  it("goes by the server's clock, however wrong the browser's is", () => {
    const wrong = 3_600_000;
    const episode = { kind: "episode", at: "2026-03-04T15:29:30Z", until: null, is_open: true } as EpisodeTurn;
    const named = { ...episode, episode: { ...episode.episode, episode_id: "feeder-1-1" } };
    const log: LogTurn = { kind: "log", at: "2026-03-04T15:20:00Z", id: 4, name: "set.changed", text: "added" };
    const heard = { monotonicMs: 5, wallMs: AT_MS + wrong };
    const found = joinTurns([seen(9, AT_MS + wrong - 1000)], told(named, log), heard);
    expect(found.map((row) => row.kind)).toEqual(["quote", "episode", "log"]);
    expect(found[0]?.atMs).toBe(AT_MS - 1000);
  });

  it("shows what it has seen while nobody tells more", () => {
    expect(joinTurns([seen(9, AT_MS)], undefined, null)).toMatchObject([{ atMs: AT_MS, isOldest: true }]);
  });
});
