import { useState } from "react";
import type { Move } from "../live/quoteBook";

/** A price that flashes when it moves: green up, red down, with an arrow for whoever does not see the colour. */
export function FlashPrice({ text, move }: { text: string; move: Move }) {
  const [countBefore] = useState(move.count); // what moved before this row was shown is no news
  const isNew = move.count > countBefore && move.direction !== null;
  return (
    <span key={move.count} className={isNew ? `flash flash-${move.direction}` : undefined}>
      {text}
    </span>
  );
}
