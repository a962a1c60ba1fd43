/** What all parts of the page look at: quotes, the socket, the stream's status. */

import {
  createContext,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useState,
  useSyncExternalStore,
  type ReactNode,
} from "react";
import { askForToken } from "../api/http";
import { getToken } from "../api/token";
import type { Quote, StatusAnswer } from "../api/types";
import { FeedLink, type LinkView } from "./feedLink";
import type { ServerMessage, StatusUpdate } from "./messages";
import { QuoteBook, type ShownQuote } from "./quoteBook";
import { usePolled, type Polled } from "./usePolled";

const STATUS_PERIOD_MS = 2_000;

interface LiveParts {
  readonly book: QuoteBook;
  readonly link: FeedLink;
  readonly status: Polled<StatusAnswer>;
  /** The newest word of the socket; null: none since the last connection. */
  readonly update: StatusUpdate | null;
  /** Counts what the socket told to have happened: whoever shows the past asks again. */
  readonly eventCount: number;
}

const LiveContext = createContext<LiveParts | null>(null);
/** Apart from what changes each second: rows must not be rendered anew for the status. */
const BookContext = createContext<QuoteBook | null>(null);
const LinkContext = createContext<FeedLink | null>(null);

export function openSocket(): WebSocket {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  const token = getToken();
  const protocols = token === null ? ["tickring"] : ["tickring", `token.${token}`];
  return new WebSocket(`${scheme}//${location.host}/ws`, protocols);
}

export function LiveProvider({ children }: { children: ReactNode }) {
  const [update, setUpdate] = useState<StatusUpdate | null>(null);
  const [eventCount, setEventCount] = useState(0);
  const [{ book, link }] = useState(() => {
    const book = new QuoteBook();
    const onMessage = (message: ServerMessage) => {
      if (message.type === "quote_updates") for (const quote of message.quotes) book.apply(quote);
      else if (message.type === "quote_update") book.apply(message);
      else if (message.type === "snapshot") {
        book.replaceAll(message.quotes);
        setUpdate(message.status);
      }
      else if (message.type === "status_update") setUpdate(message);
      else if (message.type === "event") setEventCount((count) => count + 1);
    };
    return { book, link: new FeedLink({ connect: openSocket, onMessage, onTokenRefused: askForToken }) };
  });
  const status = usePolled<StatusAnswer>("/api/ib/stream/status", STATUS_PERIOD_MS);

  useEffect(() => {
    const onVisible = () => link.check();
    link.start();
    document.addEventListener("visibilitychange", onVisible);
    return () => {
      document.removeEventListener("visibilitychange", onVisible);
      link.stop();
    };
  }, [link]);

  const word = update?.stream.state;
  const runId = status.data?.run?.run_id ?? null;
  const { again } = status;
  useEffect(() => again(), [word, eventCount, again]);
  useEffect(() => link.resubscribe(), [runId, link]);

  const parts = useMemo(() => ({ book, link, status, update, eventCount }), [book, link, status, update, eventCount]);
  return (
    <BookContext value={book}>
      <LinkContext value={link}>
        <LiveContext value={parts}>{children}</LiveContext>
      </LinkContext>
    </BookContext>
  );
}

export function useLive(): LiveParts {
  const parts = useContext(LiveContext);
  if (parts === null) throw new Error("useLive outside of LiveProvider");
  return parts;
}

export function useBook(): QuoteBook {
  const book = useContext(BookContext);
  if (book === null) throw new Error("useBook outside of LiveProvider");
  return book;
}

export function useLink(): LinkView {
  const link = useContext(LinkContext);
  if (link === null) throw new Error("useLink outside of LiveProvider");
  return useSyncExternalStore(link.subscribe, link.view);
}

export function useQuote(symbol: string): ShownQuote | undefined {
  const book = useBook();
  const [subscribe, get] = useMemo(
    () => [(listener: () => void) => book.onSymbol(symbol, listener), () => book.get(symbol)] as const,
    [book, symbol],
  );
  return useSyncExternalStore(subscribe, get);
}

/** One plain value of a symbol's quote: whoever uses it is rendered anew only when that value changes. */
export function useQuoteValue<T extends string | boolean>(symbol: string, pick: (quote: Quote) => T): T | undefined {
  const book = useBook();
  const subscribe = useCallback((listener: () => void) => book.onSymbol(symbol, listener), [book, symbol]);
  return useSyncExternalStore(subscribe, () => {
    const shown = book.get(symbol);
    return shown === undefined ? undefined : pick(shown.quote);
  });
}

export function useSymbols(): readonly string[] {
  const book = useBook();
  const [subscribe, get] = useMemo(
    () => [(listener: () => void) => book.onList(listener), () => book.symbols()] as const,
    [book],
  );
  return useSyncExternalStore(subscribe, get);
}
