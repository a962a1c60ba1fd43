/** Times and durations as they are shown. Clock times are of the browser's zone; a title has the UTC one. */

import { ABSENT } from "./numbers";

/** 0.4 s, 12 s, 3:07, 2:05:09, 3 d 4 h: as short as it can be told apart. */
export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return ABSENT;
  const all = Math.max(0, seconds);
  if (all < 9.95) return `${all.toFixed(1)} s`;
  const rounded = Math.floor(all);
  if (rounded < 60) return `${rounded} s`;
  const [hours, minutes, rest] = [Math.floor(rounded / 3600), Math.floor(rounded / 60) % 60, rounded % 60];
  if (hours === 0) return `${minutes}:${two(rest)}`;
  if (hours < 48) return `${hours}:${two(minutes)}:${two(rest)}`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** As `duration`, in whole seconds: for what ticks before one's eyes. */
export function wholeDuration(seconds: number | null | undefined): string {
  return typeof seconds === "number" && seconds < 9.95 ? `${Math.floor(Math.max(0, seconds))} s` : duration(seconds);
}

/** 14:03:22 of today, 21 Nov 14:03 of another day. */
export function clockTime(iso: string | number | null | undefined, nowMs: number = Date.now()): string {
  const at = momentOf(iso);
  if (at === null) return ABSENT;
  const time = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  const today = new Date(nowMs);
  if (at.toDateString() === today.toDateString()) return time;
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${time}`;
}

/** Seconds from a moment until now; null where there is none. */
export function secondsSince(iso: string | null | undefined, nowMs: number): number | null {
  const at = momentOf(iso);
  return at === null ? null : Math.max(0, (nowMs - at.getTime()) / 1000);
}

function momentOf(iso: string | number | null | undefined): Date | null {
  if (iso === null || iso === undefined || iso === "") return null;
  const at = new Date(iso);
  return Number.isNaN(at.getTime()) ? null : at;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
