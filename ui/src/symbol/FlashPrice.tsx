import { useLayoutEffect, useRef } from "react";
import type { Move } from "../live/quoteBook";
import { flash } from "../quotes/flashes";

/** A price that is coloured for a moment when it moves. */
export function FlashPrice({ text, move }: { text: string; move: Move }) {
  const place = useRef<HTMLSpanElement>(null);
  const shown = useRef(move.count);
  useLayoutEffect(() => {
    const { direction, count } = move;
    if (place.current !== null && direction !== null && count > shown.current) flash(place.current, direction);
    shown.current = count;
  }, [move]);
  return (
    <span ref={place} className="moving">
      {text}
    </span>
  );
}
