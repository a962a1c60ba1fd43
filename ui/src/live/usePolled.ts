/** Answers of the api that are asked for again and again, and kept while it is away. */

import { useCallback, useEffect, useRef, useState } from "react";
import { ApiProblem, getJson } from "../api/http";
import { now, type Moment } from "./elapsed";

export interface Polled<T> {
  /** The last good answer; undefined: none yet. */
  readonly data: T | undefined;
  /** Why the newest question got none; null: it did. */
  readonly problem: ApiProblem | null;
  readonly heardAt: Moment | null;
  readonly again: () => void;
}

/** Ask now and every `periodMs` while the page is visible; 0: once. A null path asks nothing. */
export function usePolled<T>(path: string | null, periodMs: number): Polled<T> {
  const [answer, setAnswer] = useState<{ path: string | null } & Omit<Polled<T>, "again">>({
    path,
    data: undefined,
    problem: null,
    heardAt: null,
  });
  const wake = useRef<() => void>(() => undefined);
  useEffect(() => {
    if (path === null) return;
    const end = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isAsking = false;
    const ask = async () => {
      if (isAsking) return;
      isAsking = true;
      clearTimeout(timer);
      try {
        const data = await getJson<T>(path, end.signal);
        if (!end.signal.aborted) setAnswer({ path, data, problem: null, heardAt: now() });
      } catch (error) {
        if (end.signal.aborted) return;
        const problem = error instanceof ApiProblem ? error : new ApiProblem(0, "unknown", String(error));
        setAnswer((kept) => ({ ...(kept.path === path ? kept : { path, data: undefined, heardAt: null }), problem }));
      } finally {
        isAsking = false;
      }
      if (periodMs > 0 && !end.signal.aborted && !document.hidden) timer = setTimeout(() => void ask(), periodMs);
    };
    const onVisible = () => {
      if (!document.hidden) void ask();
    };
    wake.current = () => void ask();
    document.addEventListener("visibilitychange", onVisible);
    void ask();
    return () => {
      end.abort();
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", onVisible);
    };
  }, [path, periodMs]);
  const again = useCallback(() => wake.current(), []);
  const { data, problem, heardAt } = answer.path === path ? answer : { data: undefined, problem: null, heardAt: null };
  return { data, problem, heardAt, again };
}
