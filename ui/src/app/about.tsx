/** What the api says of itself, asked for once and after each loss. */

import { createContext, useContext, type ReactNode } from "react";
import type { About } from "../api/types";
import { usePolled } from "../live/usePolled";

const AboutContext = createContext<About | null>(null);
const PERIOD_MS = 30_000;

export function AboutProvider({ children }: { children: ReactNode }) {
  const { data } = usePolled<About>("/api/about", PERIOD_MS);
  return <AboutContext value={data ?? null}>{children}</AboutContext>;
}

/** Null: not known yet. */
export function useAbout(): About | null {
  return useContext(AboutContext);
}
