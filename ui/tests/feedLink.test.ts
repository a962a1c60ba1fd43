import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FeedLink, retryWaitMs, SILENT_AFTER_MS } from "../src/live/feedLink";
import { CLOSE_CODES, type ServerMessage } from "../src/live/messages";

/** The end of a socket that a server would hold: the real class needs a network, which a unit test has not. */
class Line {
  static readonly OPEN = 1;
  readyState = 0;
  readonly sent: string[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;

  accept(): void {
    this.readyState = Line.OPEN;
    this.onopen?.();
  }

  say(seq: number, type = "pong"): void {
    this.onmessage?.({ data: JSON.stringify({ type, seq }) });
  }

  send(text: string): void {
    this.sent.push(text);
  }

  close(): void {
    this.readyState = 3;
  }
}

let lines: Line[];
let heard: ServerMessage[];
let refusals: number;
let link: FeedLink;

const newest = (): Line => {
  const found = lines.at(-1);
  if (found === undefined) throw new Error("no connection was made");
  return found;
};

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", Line);
  lines = [];
  heard = [];
  refusals = 0;
  link = new FeedLink({
    connect: () => {
      lines.push(new Line());
      return newest() as unknown as WebSocket;
    },
    onMessage: (message) => heard.push(message),
    onTokenRefused: () => (refusals += 1),
    clock: () => ({ monotonicMs: Date.now(), wallMs: Date.now() }),
    random: () => 1,
  });
  link.start();
});

afterEach(() => {
  link.stop();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("FeedLink", () => {
  it("subscribes to everything once it is open, and is fresh with the first word", () => {
    expect(link.view().isFresh).toBe(false);
    newest().accept();
    expect(newest().sent).toEqual(['{"type":"subscribe","symbols":"*","batched":true}']);
    expect(link.view().isFresh).toBe(false);
    newest().say(1);
    expect(link.view().isFresh).toBe(true);
    expect(heard.length).toBe(1);
  });

  it("is not fresh after three silent seconds, and fresh again with the next word", () => {
    newest().accept();
    newest().say(1);
    vi.advanceTimersByTime(SILENT_AFTER_MS - 500);
    expect(link.view().isFresh).toBe(true);
    vi.advanceTimersByTime(1_000);
    expect(link.view().isFresh).toBe(false);
    expect(link.view().phase).toBe("open");
    newest().say(2);
    expect(link.view().isFresh).toBe(true);
  });

  it("gives a silent connection up and connects anew", () => {
    newest().accept();
    newest().say(1);
    vi.advanceTimersByTime(10_500);
    expect(link.view().phase).toBe("waiting");
    vi.advanceTimersByTime(1_000);
    expect(lines.length).toBe(2);
  });

  it("waits longer after each failed try and starts small again after a good connection", () => {
    const waits: number[] = [];
    for (let turn = 0; turn < 7; turn += 1) {
      newest().onclose?.({ code: 1006 });
      const { nextTryMs } = link.view();
      expect(link.view().isFresh).toBe(false);
      waits.push((nextTryMs ?? 0) - Date.now());
      vi.advanceTimersByTime(10_000);
    }
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
    newest().accept();
    newest().say(1);
    newest().onclose?.({ code: 1012 });
    expect(link.view().tries).toBe(1);
  });

  it("asks for everything anew when a message is missing", () => {
    newest().accept();
    newest().say(1);
    newest().say(2);
    expect(newest().sent.length).toBe(1);
    newest().say(4);
    expect(newest().sent.length).toBe(2);
  });

  it("asks for the token when it is refused", () => {
    newest().onclose?.({ code: CLOSE_CODES.token });
    expect(refusals).toBe(1);
    expect(link.view().phase).toBe("refused");
  });

  it("hears nothing from a connection that was given up", () => {
    const old = newest();
    old.accept();
    old.say(1);
    link.tryNow();
    vi.advanceTimersByTime(5_000);
    link.tryNow();
    old.say(2);
    expect(heard.length).toBe(1);
  });
});

it("spreads the tries of many pages over a quarter of the wait", () => {
  expect(retryWaitMs(3, 0)).toBe(1500);
  expect(retryWaitMs(3, 1)).toBe(2000);
});
