/** Time that has passed, also across a sleep of the machine, in which the monotonic clock may stand still. */

export interface Moment {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

export type Clock = () => Moment;

export const now: Clock = () => ({ monotonicMs: performance.now(), wallMs: Date.now() });

/** The larger of both clocks' answers: a doubt makes things older, never younger. */
export function elapsedMs(since: Moment, until: Moment): number {
  return Math.max(0, until.monotonicMs - since.monotonicMs, until.wallMs - since.wallMs);
}
