import { word } from "../i18n";
import { useT } from "../app/preferences";
import { toneOf } from "./tones";

interface BadgeProps {
  /** Group of words: `verdict`, `source`, `run` … */
  group: string;
  value: string;
  title?: string | undefined;
  isQuiet?: boolean;
}

/** A word with its colour. */
export function Badge({ group, value, title, isQuiet = false }: BadgeProps) {
  const t = useT();
  return (
    <span className={`badge tone-${toneOf(value)}${isQuiet ? " badge-quiet" : ""}`} data-value={value} title={title}>
      {word(t, group, value)}
    </span>
  );
}
