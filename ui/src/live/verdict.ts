/** The verdict to show: without a fresh connection no price is of now, whatever was said before. */
export function shownVerdict(verdict: string, isFresh: boolean): string {
  return isFresh ? verdict : "no_connection";
}
