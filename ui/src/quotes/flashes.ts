/** Prices that have just moved: a still colour for a moment, green up, red down; one timer takes all of them away. */

const FLASH_MS = 400;
const SWEEP_MS = 100;

export type Direction = "up" | "down";

const endsMs = new Map<Element, number>(); // in the order in which they end
let timer: ReturnType<typeof setTimeout> | null = null;

/** Colour the cell anew. Nothing is drawn where it has that colour already. */
export function flash(cell: Element, direction: Direction): void {
  setColour(cell, direction);
  endsMs.delete(cell);
  endsMs.set(cell, performance.now() + FLASH_MS);
  timer ??= setTimeout(sweep, FLASH_MS);
}

/** Take the colour away now: the cell shows another symbol, or nothing that could move. */
export function unflash(cell: Element): void {
  if (endsMs.delete(cell)) setColour(cell, null);
}

function sweep(): void {
  timer = null;
  const nowMs = performance.now();
  for (const [cell, endMs] of endsMs) {
    if (endMs > nowMs) {
      timer = setTimeout(sweep, Math.max(SWEEP_MS, endMs - nowMs));
      return;
    }
    unflash(cell);
  }
}

function setColour(cell: Element, direction: Direction | null): void {
  cell.classList.toggle("moved-up", direction === "up");
  cell.classList.toggle("moved-down", direction === "down");
}
