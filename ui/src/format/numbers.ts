/** Numbers as they are shown. A price is never rounded to fit: what came is what stands there. */

export const ABSENT = "–";

const MOST_DECIMALS = 6;
const formatters = new Map<string, Intl.NumberFormat>();

function formatter(fewest: number, most: number, sign: "auto" | "exceptZero" = "auto"): Intl.NumberFormat {
  const key = `${fewest}/${most}/${sign}`;
  let found = formatters.get(key);
  if (found === undefined) {
    found = new Intl.NumberFormat("en-US", {
      minimumFractionDigits: fewest,
      maximumFractionDigits: most,
      signDisplay: sign,
    });
    formatters.set(key, found);
  }
  return found;
}

/** How many decimals show all of these prices: two at least, six at most. */
export function decimalsOf(...prices: readonly (number | null | undefined)[]): number {
  let most = 2;
  for (const price of prices) {
    if (price === null || price === undefined || !Number.isFinite(price)) continue;
    const text = price.toFixed(MOST_DECIMALS).replace(/0+$/, "");
    most = Math.max(most, text.length - text.indexOf(".") - 1);
  }
  return Math.min(most, MOST_DECIMALS);
}

export function price(value: number | null | undefined, decimals: number): string {
  return isNumber(value) ? formatter(decimals, MOST_DECIMALS).format(value) : ABSENT;
}

/** A difference of prices: bounded decimals, because binary fractions leave a tail. */
export function difference(value: number | null | undefined, decimals: number): string {
  return isNumber(value) ? formatter(decimals, decimals).format(value) : ABSENT;
}

export function signed(value: number | null | undefined, decimals: number): string {
  return isNumber(value) ? formatter(decimals, decimals, "exceptZero").format(value) : ABSENT;
}

export function percent(value: number | null | undefined): string {
  return isNumber(value) ? `${formatter(2, 2, "exceptZero").format(value * 100)} %` : ABSENT;
}

export function whole(value: number | null | undefined): string {
  return isNumber(value) ? formatter(0, 0).format(value) : ABSENT;
}

/** 1,234 up to 99,999; then 123.4 k, 12.34 M, 1.234 B. */
export function compact(value: number | null | undefined): string {
  if (!isNumber(value)) return ABSENT;
  const size = Math.abs(value);
  if (size < 100_000) return formatter(0, 2).format(value);
  const [unit, letter] = size >= 1e9 ? [1e9, "B"] : size >= 1e6 ? [1e6, "M"] : [1e3, "k"];
  return `${Number((value / unit).toPrecision(4)).toString()} ${letter}`;
}

export function money(value: number | null | undefined, currency: string): string {
  return isNumber(value) ? `${formatter(0, 0).format(value)} ${currency}` : ABSENT;
}

export function bytes(value: number | null | undefined): string {
  return isNumber(value) ? `${formatter(0, 0).format(value / 2 ** 20)} MiB` : ABSENT;
}

/** 694 B, 12.3 KiB: of a file. */
export function sizeOf(value: number): string {
  return value < 1024 ? `${value} B` : `${(value / 1024).toFixed(1)} KiB`;
}

function isNumber(value: number | null | undefined): value is number {
  return value !== null && value !== undefined && Number.isFinite(value);
}
