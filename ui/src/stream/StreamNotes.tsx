import { useT } from "../app/preferences";
import type { Translate } from "../i18n";
import { useLink, useLive } from "../live/Live";
import { byReason } from "./byReason";

const NAMED = 8;

/** What an operator should know beside the state: who is missing, which symbols are not streamed and why. */
export function StreamNotes() {
  const t = useT();
  const { status } = useLive();
  const { isFresh } = useLink();
  const { data } = status;
  if (data === undefined) return null;
  return (
    <>
      {isFresh && !data.supervisor_alive ? <p className="stream-note">{t("stream.noSupervisor")}</p> : null}
      {data.notes.map((note) => (
        <p key={note} className="stream-note">
          {note}
        </p>
      ))}
      {byReason(data.feeder?.unresolved ?? {}).map(({ why, symbols }) => (
        <p key={why} className="stream-note" title={symbols.join(", ")}>
          {t("stream.unresolved", { count: symbols.length, why, symbols: named(t, symbols) })}
        </p>
      ))}
    </>
  );
}

function named(t: Translate, symbols: readonly string[]): string {
  const some = symbols.slice(0, NAMED).join(", ");
  const more = symbols.length - NAMED;
  return more > 0 ? t("stream.unresolved.more", { symbols: some, count: more }) : some;
}
