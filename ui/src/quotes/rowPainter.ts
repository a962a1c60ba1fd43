/** Writes what moves in a row straight into its cells, and only what reads otherwise than before. */

import { compact, decimalsOf, difference, percent, price } from "../format/numbers";
import { duration } from "../format/times";
import type { Moment } from "../live/elapsed";
import { ageS, type PriceField, type ShownQuote } from "../live/quoteBook";
import { change, COLUMNS, type Column } from "./columns";
import { flash, unflash } from "./flashes";

const PRICES: readonly PriceField[] = ["bid", "ask", "last"];
const SETTLED_S = 1;

/** The cells that a painter fills; React leaves them empty. */
export const PAINTED = ["bid", "ask", "last", "spread", "change", "volume", "age"] as const satisfies readonly Column[];

type Painted = (typeof PAINTED)[number];

export class RowPainter {
  readonly #cells: Readonly<Record<Painted, Cell>>;
  /** Of the moves that have been shown; null: what moved before this row was shown is no news. */
  #counts: Record<PriceField, number> | null = null;
  #ageS: number | null = null;

  /** `row`: its children are the cells, in the order of `COLUMNS`. */
  constructor(row: Element) {
    const cells = PAINTED.map((column) => [column, new Cell(row.children[COLUMNS.indexOf(column)])]);
    this.#cells = Object.fromEntries(cells) as Record<Painted, Cell>;
  }

  /** Show a quote that may have changed. */
  paint(shown: ShownQuote, at: Moment): void {
    const { quote, moves } = shown;
    const decimals = decimalsOf(quote.bid, quote.ask, quote.last);
    for (const field of PRICES) {
      const { direction, count } = moves[field];
      this.#cells[field].write(price(quote[field], decimals));
      if (this.#counts !== null && count > this.#counts[field] && direction !== null) {
        flash(this.#cells[field].element, direction);
      }
    }
    this.#counts = { bid: moves.bid.count, ask: moves.ask.count, last: moves.last.count };
    const moved = change(quote);
    this.#cells.spread.write(difference(quote.spread, decimals));
    this.#cells.change.write(percent(moved?.relative));
    this.#cells.change.colour(moved === null ? null : moved.relative < 0 ? "down" : "up");
    this.#cells.volume.write(compact(quote.volume));
    if (this.#ageS === null || this.#ageS > SETTLED_S) this.grow(shown, at);
  }

  /** Show how old the quote has become. */
  grow(shown: ShownQuote, at: Moment): void {
    this.#ageS = ageS(shown, at);
    this.#cells.age.write(duration(this.#ageS));
  }

  /** Leave the cells: what is shown in them next is of another symbol. */
  end(): void {
    for (const field of PRICES) unflash(this.#cells[field].element);
  }
}

class Cell {
  readonly element: Element;
  readonly #text = document.createTextNode("");
  #colour: "up" | "down" | null = null;

  constructor(element: Element | undefined) {
    if (element === undefined) throw new Error("a row has fewer cells than columns");
    this.element = element;
    element.replaceChildren(this.#text);
  }

  write(text: string): void {
    if (this.#text.data !== text) this.#text.data = text;
  }

  colour(direction: "up" | "down" | null): void {
    if (direction === this.#colour) return;
    this.#colour = direction;
    this.element.classList.toggle("up", direction === "up");
    this.element.classList.toggle("down", direction === "down");
  }
}
