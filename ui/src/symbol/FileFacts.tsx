import type { QuoteFile } from "../api/types";
import { useT } from "../app/preferences";
import { ABSENT, sizeOf } from "../format/numbers";
import { wholeDuration } from "../format/times";
import { useLink } from "../live/Live";
import { usePolled } from "../live/usePolled";
import { GrowingAge } from "../widgets/Age";
import { Fact, Facts } from "../widgets/Facts";
import { problemWords } from "../widgets/Problem";

const PERIOD_MS = 2_000;

/** The quote as programs without shared memory read it, beside what the segment has by now. */
export function FileFacts({ symbol }: { symbol: string }) {
  const t = useT();
  const { data, problem, heardAt } = usePolled<QuoteFile>(`/api/quotes/${encodeURIComponent(symbol)}/file`, PERIOD_MS);
  const isGone = problem !== null && problem.status !== 0;
  return (
    <section data-testid="file">
      <h3>{t("symbol.file")}</h3>
      {problem === null ? null : <p className="hint">{problemWords(t, problem).what}</p>}
      {data === undefined || heardAt === null || isGone ? null : (
        <>
          <FileLook file={data} />
          <Facts>
            <Fact name={t("symbol.file.written")} title={data.modified_at ?? undefined}>
              <Ago seconds={data.age_s} heardAt={heardAt} />
            </Fact>
            <Fact name={t("symbol.file.size")}>{sizeOf(data.size_bytes)}</Fact>
          </Facts>
          <code className="path">{data.path}</code>
          <Differences file={data} />
          {data.text === null ? null : (
            <pre className="file-text" tabIndex={0} aria-label={data.path}>
              {data.text}
            </pre>
          )}
        </>
      )}
    </section>
  );
}

function Ago({ seconds, heardAt }: Parameters<typeof GrowingAge>[0]) {
  const t = useT();
  const [before, after] = t("stream.ago", { age: "\n" }).split("\n");
  return (
    <>
      {before}
      <GrowingAge seconds={seconds} heardAt={heardAt} />
      {after}
    </>
  );
}

/** Whether it is as far as the segment. */
function FileLook({ file }: { file: QuoteFile }) {
  const t = useT();
  const { isFresh } = useLink();
  if (!isFresh) return null;
  const { is_late: isLate, records_behind: behind, waits_s: waits, fault } = file;
  const isBehind = isLate || lacksStates(file);
  const text =
    fault !== null
      ? t("symbol.file.fault", { why: fault })
      : isLate
        ? t("symbol.file.late", { count: behind ?? ABSENT, wait: wholeDuration(waits) })
        : isBehind
          ? t("symbol.file.behind", { count: behind ?? ABSENT })
          : t("symbol.file.good");
  return <p className={isBehind || fault !== null ? "file-late" : "hint"}>{text}</p>;
}

/** What it has not is no price: since when, nobody knows. */
function lacksStates({ records_behind: behind, waits_s: waits }: QuoteFile): boolean {
  return behind !== null && behind > 0 && waits === null;
}

function Differences({ file }: { file: QuoteFile }) {
  const t = useT();
  const { isFresh } = useLink();
  const isBehind = file.is_late || lacksStates(file);
  if (!isFresh || !isBehind || file.differences.length === 0) return null;
  return (
    <table className="rows differences">
      <thead>
        <tr>
          <th scope="col">{t("symbol.file.key")}</th>
          <th scope="col" className="number">
            {t("symbol.file")}
          </th>
          <th scope="col" className="number">
            {t("symbol.file.segment")}
          </th>
        </tr>
      </thead>
      <tbody>
        {file.differences.map((each) => (
          <tr key={each.key}>
            <th scope="row" className="mono">
              {each.key}
            </th>
            <td className="number">{each.file ?? ABSENT}</td>
            <td className="number">{each.segment ?? ABSENT}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
