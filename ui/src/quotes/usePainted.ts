import { useLayoutEffect, type RefObject } from "react";
import { now } from "../live/elapsed";
import { useBook } from "../live/Live";
import { onTick } from "../live/ticker";
import { RowPainter } from "./rowPainter";

/** Have the row's moving cells show a symbol, without React: from before its first frame until it shows another one. */
export function usePainted(row: RefObject<Element | null>, symbol: string): void {
  const book = useBook();
  useLayoutEffect(() => {
    if (row.current === null) return undefined;
    const painter = new RowPainter(row.current);
    const paint = () => {
      const shown = book.get(symbol);
      if (shown !== undefined) painter.paint(shown, now());
    };
    const grow = () => {
      const shown = book.get(symbol);
      if (shown !== undefined) painter.grow(shown, now());
    };
    paint();
    const [endQuotes, endTicks] = [book.onSymbol(symbol, paint), onTick(grow)];
    return () => {
      endQuotes();
      endTicks();
      painter.end();
    };
  }, [book, row, symbol]);
}
