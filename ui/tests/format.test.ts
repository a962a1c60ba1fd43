import { describe, expect, it } from "vitest";
import { ABSENT, compact, decimalsOf, difference, money, percent, price, signed } from "../src/format/numbers";
import { clockTime, duration, secondsSince, wholeDuration } from "../src/format/times";

describe("numbers", () => {
  it("never round a price away", () => {
    expect(price(0.6543, 2)).toBe("0.6543");
    expect(price(1234.5, 2)).toBe("1,234.50");
    expect(price(1.08345, 5)).toBe("1.08345");
  });

  it("show as many decimals as the prices have, two at least", () => {
    expect(decimalsOf(100, 100.5)).toBe(2);
    expect(decimalsOf(1.08345, null)).toBe(5);
    expect(decimalsOf(null, undefined, Number.NaN)).toBe(2);
    expect(decimalsOf(1 / 3)).toBe(6);
  });

  it("show what is absent as absent, never as zero", () => {
    for (const shown of [price(null, 2), difference(undefined, 2), percent(null), compact(Number.NaN)]) {
      expect(shown).toBe(ABSENT);
    }
    expect(money(null, "USD")).toBe(ABSENT);
    expect(price(0, 2)).toBe("0.00");
  });

  it("cut the tail that binary fractions leave on a difference", () => {
    expect(difference(100.02 - 100, 2)).toBe("0.02");
    expect(signed(-0.30000000000000004, 2)).toBe("-0.30");
    expect(percent(0.0123)).toBe("+1.23 %");
  });

  it("shorten what is large", () => {
    expect(compact(99_999)).toBe("99,999");
    expect(compact(123_456)).toBe("123.5 k");
    expect(compact(32_540_000)).toBe("32.54 M");
    expect(compact(1_234_000_000)).toBe("1.234 B");
  });
});

describe("times", () => {
  it("are as short as they can be told apart", () => {
    const told = [0, 0.44, 9.94, 9.96, 59.9, 60, 187, 7509, 300_000].map((seconds) => duration(seconds));
    expect(told).toEqual(["0.0 s", "0.4 s", "9.9 s", "9 s", "59 s", "1:00", "3:07", "2:05:09", "3 d 11 h"]);
    expect(duration(null)).toBe(ABSENT);
    expect(duration(-3)).toBe("0.0 s");
    expect(wholeDuration(3.9)).toBe("3 s");
  });

  it("name the day only when it is another one", () => {
    const at = new Date(2026, 2, 4, 9, 5, 7).getTime();
    expect(clockTime(at, at + 60_000)).toBe("09:05:07");
    expect(clockTime(at, at + 86_400_000)).toBe("2026-03-04 09:05:07");
    expect(clockTime("not a time")).toBe(ABSENT);
  });

  it("never count backwards when the clocks differ", () => {
    expect(secondsSince("2026-03-04T15:30:00Z", Date.parse("2026-03-04T15:29:00Z"))).toBe(0);
    expect(secondsSince(null, 0)).toBeNull();
  });
});
