import { memo, useCallback, useEffect, useLayoutEffect, useRef, useState, type CSSProperties, type KeyboardEvent } from "react";
import { useT } from "../app/preferences";
import { useLink } from "../live/Live";
import { COLUMNS, type Column } from "./columns";
import { turned, type TableChoice } from "./ordering";
import { QuoteRow, rowId } from "./QuoteRow";
import { ROW_PX, rowTop, scrollTopFor, visibleRange } from "./visibleRange";

interface QuoteGridProps {
  choice: TableChoice;
  setChoice: (choice: TableChoice) => void;
  symbols: readonly string[];
  open: string | null;
  onOpen: (symbol: string) => void;
}

/** Only the rows on the screen exist. One stop of the Tab key; arrows move inside, Enter opens. */
export const QuoteGrid = memo(function QuoteGrid(props: QuoteGridProps) {
  const { choice, setChoice, symbols, open, onOpen } = props;
  const t = useT();
  const { isFresh } = useLink();
  const grid = useRef<HTMLDivElement>(null);
  const { scrollTop, height, onScroll } = useScrolling(grid);
  const [active, setActive] = useState<string | null>(null);
  const marked = open ?? active;
  const range = visibleRange(scrollTop, height, symbols.length);
  const openRow = useCallback(
    (symbol: string) => {
      setActive(symbol);
      onOpen(symbol);
    },
    [onOpen],
  );
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    if (event.target !== grid.current) return;
    const at = active === null ? -1 : symbols.indexOf(active);
    const next = nextIndex(event.key, at, symbols.length, Math.floor(height / ROW_PX) - 2);
    const symbol = symbols[next ?? at];
    if (symbol === undefined || (next === null && event.key !== "Enter")) return;
    event.preventDefault();
    if (next === null) openRow(symbol);
    else {
      setActive(symbol);
      const shown = event.currentTarget;
      shown.scrollTo({ top: scrollTopFor(next, shown.scrollTop, height - ROW_PX) });
    }
  };
  return (
    <div
      ref={grid}
      className="grid"
      role="grid"
      tabIndex={0}
      aria-label={t("quotes.title")}
      aria-rowcount={symbols.length + 1}
      aria-activedescendant={active !== null && symbols.includes(active) ? rowId(active) : undefined}
      data-testid="quotes"
      style={{ "--rows": symbols.length } as CSSProperties}
      onScroll={onScroll}
      onKeyDown={onKeyDown}
    >
      <div role="rowgroup" className="grid-head">
        <div role="row" aria-rowindex={1} className="quote">
          {COLUMNS.map((column) => (
            <Head key={column} {...{ column, choice, setChoice }} />
          ))}
        </div>
      </div>
      <div role="rowgroup" className="grid-body" style={{ height: symbols.length * ROW_PX }}>
        {symbols.slice(range.first, range.end).map((symbol, offset) => (
          <QuoteRow
            key={symbol}
            symbol={symbol}
            index={range.first + offset}
            isActive={symbol === marked}
            isFresh={isFresh}
            onOpen={openRow}
          />
        ))}
      </div>
    </div>
  );
});

function Head({ column, choice, setChoice }: Pick<QuoteGridProps, "choice" | "setChoice"> & { column: Column }) {
  const t = useT();
  const isSorted = choice.column === column;
  const direction = choice.isDescending ? "descending" : "ascending";
  const name = t(`col.${column}`);
  return (
    <div role="columnheader" className={`c-${column}`} aria-sort={isSorted ? direction : "none"}>
      <button type="button" title={t("col.sort", { column: name })} onClick={() => setChoice(turned(choice, column))}>
        {name}
        <span className="sort-mark" aria-hidden="true">
          {isSorted ? (choice.isDescending ? "▾" : "▴") : ""}
        </span>
      </button>
    </div>
  );
}

function useScrolling(grid: React.RefObject<HTMLDivElement | null>) {
  const [scrollTop, setScrollTop] = useState(0);
  const [height, setHeight] = useState(600);
  useLayoutEffect(() => {
    const shown = grid.current;
    if (shown === null) return undefined;
    const observer = new ResizeObserver(() => setHeight(shown.clientHeight));
    observer.observe(shown);
    return () => observer.disconnect();
  }, [grid]);
  const frame = useRef<number | null>(null);
  useEffect(
    () => () => {
      if (frame.current !== null) cancelAnimationFrame(frame.current);
    },
    [],
  );
  const onScroll = () => {
    frame.current ??= requestAnimationFrame(() => {
      frame.current = null;
      setScrollTop(rowTop(grid.current?.scrollTop ?? 0)); // nothing is rendered until another row comes
    });
  };
  return { scrollTop, height, onScroll };
}

function nextIndex(key: string, at: number, count: number, page: number): number | null {
  const steps: Record<string, number> = {
    ArrowDown: at + 1,
    ArrowUp: at - 1,
    PageDown: at + page,
    PageUp: at - page,
    Home: 0,
    End: count - 1,
  };
  const wanted = steps[key];
  return wanted === undefined ? null : Math.min(Math.max(wanted, 0), count - 1);
}
