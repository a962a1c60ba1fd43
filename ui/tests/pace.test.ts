import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { pacedFrames, SHOW_EVERY_MS } from "../src/live/pace";

const FRAME_MS = 16;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("requestAnimationFrame", (show: (atMs: number) => void) =>
    setTimeout(() => show(performance.now()), FRAME_MS),
  );
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe("the pace of what is shown", () => {
  it("shows the first change with the next frame", () => {
    const shown: number[] = [];
    pacedFrames()(() => shown.push(performance.now()));
    expect(shown.length).toBe(0);
    vi.advanceTimersByTime(FRAME_MS);
    expect(shown.length).toBe(1);
  });

  it("shows ten times a second however often something changes, and the last change too", () => {
    const shown: number[] = [];
    const schedule = pacedFrames();
    let isWaiting = false;
    let [newest, seen] = [0, 0];
    for (newest = 1; newest <= 1_000; newest += 1) {
      if (!isWaiting) {
        isWaiting = true;
        schedule(() => {
          isWaiting = false;
          seen = newest;
          shown.push(performance.now());
        });
      }
      vi.advanceTimersByTime(1);
    }
    expect(shown.length).toBeGreaterThanOrEqual(8);
    expect(shown.length).toBeLessThanOrEqual(11);
    for (const [at, ms] of shown.slice(1).entries()) expect(ms - (shown[at] ?? 0)).toBeGreaterThanOrEqual(SHOW_EVERY_MS);
    vi.advanceTimersByTime(SHOW_EVERY_MS + FRAME_MS);
    expect(seen).toBe(newest);
  });

  it("does not make a change wait that comes after a pause", () => {
    const shown: number[] = [];
    const schedule = pacedFrames();
    schedule(() => shown.push(performance.now()));
    vi.advanceTimersByTime(5 * SHOW_EVERY_MS);
    const askedMs = performance.now();
    schedule(() => shown.push(performance.now()));
    vi.advanceTimersByTime(FRAME_MS);
    expect((shown[1] ?? Number.NaN) - askedMs).toBeLessThanOrEqual(FRAME_MS);
  });
});
