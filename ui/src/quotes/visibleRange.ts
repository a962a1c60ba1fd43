/** Which rows of a long table stand on the screen. Pure. */

export const ROW_PX = 34;
const SPARE_ROWS = 6;

export interface Range {
  readonly first: number;
  /** One after the last. */
  readonly end: number;
}

export function visibleRange(scrollTop: number, height: number, count: number): Range {
  const first = Math.max(0, Math.floor(scrollTop / ROW_PX) - SPARE_ROWS);
  const end = Math.min(count, Math.ceil((scrollTop + height) / ROW_PX) + SPARE_ROWS);
  return { first: Math.min(first, count), end: Math.max(end, Math.min(first, count)) };
}

/** Where the row begins that is uppermost on the screen. */
export function rowTop(scrollTop: number): number {
  return Math.floor(scrollTop / ROW_PX) * ROW_PX;
}

/** Where to scroll so that a row is seen as a whole; the same place if it is. */
export function scrollTopFor(index: number, scrollTop: number, height: number): number {
  const top = index * ROW_PX;
  if (top < scrollTop) return top;
  return Math.max(scrollTop, top + ROW_PX - height);
}
