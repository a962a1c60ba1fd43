/** The points of a tick chart: in order, one per record, bounded. Pure. */

import type { Tick } from "../api/types";

export interface TickPoint {
  /** Seconds of the epoch; no two points have the same. */
  readonly timeS: number;
  readonly bid: number | null;
  readonly ask: number | null;
  readonly last: number | null;
  readonly sequence: number;
}

const POINTS_MAX = 2_000;
const SMALLEST_STEP_S = 0.001;

type Source = Pick<Tick, "ts" | "bid" | "ask" | "last" | "sequence">;

export class TickLine {
  #points: TickPoint[] = [];

  get points(): readonly TickPoint[] {
    return this.#points;
  }

  /** Add the newest record. False: there is nothing to draw in it, or it is known. */
  add(tick: Source): boolean {
    const newest = this.#points.at(-1);
    const timeS = secondsOf(tick);
    if (timeS === null || (newest !== undefined && tick.sequence <= newest.sequence)) return false;
    if (newest !== undefined && isSamePrice(newest, tick)) return false;
    const after = newest === undefined ? timeS : Math.max(timeS, newest.timeS + SMALLEST_STEP_S);
    this.#points.push(pointOf(tick, after));
    if (this.#points.length > POINTS_MAX) this.#points.splice(0, this.#points.length - POINTS_MAX);
    return true;
  }

  /** Put older records before what is there; they come newest first. False: none was new. */
  addHistory(ticks: readonly Source[]): boolean {
    const later = this.#points;
    const first = later[0]?.sequence ?? Infinity;
    this.#points = [];
    for (const tick of [...ticks].reverse()) if (tick.sequence < first) this.add(tick);
    const added = this.#points.length;
    for (const point of later) {
      const before = this.#points.at(-1)?.timeS ?? -Infinity;
      this.#points.push({ ...point, timeS: Math.max(point.timeS, before + SMALLEST_STEP_S) });
    }
    return added > 0;
  }
}

function secondsOf({ ts, bid, ask, last }: Source): number | null {
  if (ts === null || (bid === null && ask === null && last === null)) return null;
  const ms = Date.parse(ts);
  return Number.isNaN(ms) ? null : ms / 1000;
}

function isSamePrice(point: TickPoint, tick: Source): boolean {
  return point.bid === tick.bid && point.ask === tick.ask && point.last === tick.last;
}

function pointOf({ bid, ask, last, sequence }: Source, timeS: number): TickPoint {
  return { timeS, bid, ask, last, sequence };
}
