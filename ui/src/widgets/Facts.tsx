import type { ReactNode } from "react";

/** Names and values under one another. */
export function Facts({ children }: { children: ReactNode }) {
  return <dl className="facts">{children}</dl>;
}

export function Fact({ name, children, title }: { name: string; children: ReactNode; title?: string | undefined }) {
  return (
    <div className="fact">
      <dt>{name}</dt>
      <dd title={title}>{children}</dd>
    </div>
  );
}
