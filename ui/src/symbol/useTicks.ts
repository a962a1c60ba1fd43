import { useEffect, useRef, useState } from "react";
import { getJson } from "../api/http";
import type { History } from "../api/types";
import { useLive } from "../live/Live";
import { TickLine } from "./tickLine";

const KEPT = 64;
const AGAIN_MS = 3_000;

/** The line of a symbol's ticks: first what the ring still has, then what the socket brings. */
export function useTicks(symbol: string): { line: TickLine; version: number } {
  const { book } = useLive();
  const line = useRef<TickLine>(null);
  line.current ??= new TickLine();
  const [version, setVersion] = useState(0);
  useEffect(() => {
    const drawn = line.current;
    if (drawn === null) return undefined;
    const end = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const load = async () => {
      try {
        const path = `/api/quotes/${encodeURIComponent(symbol)}/history?n=${KEPT}`;
        const { ticks } = await getJson<History>(path, end.signal);
        if (drawn.addHistory(ticks)) setVersion((count) => count + 1);
      } catch {
        if (!end.signal.aborted) timer = setTimeout(() => void load(), AGAIN_MS); // the line goes on with live ticks
      }
    };
    const takeNewest = () => {
      const shown = book.get(symbol);
      if (shown !== undefined && drawn.add(shown.quote)) setVersion((count) => count + 1);
    };
    void load();
    takeNewest();
    const stop = book.onSymbol(symbol, takeNewest);
    return () => {
      end.abort();
      clearTimeout(timer);
      stop();
    };
  }, [book, symbol]);
  return { line: line.current, version };
}
