import { useT } from "../app/preferences";
import { showSymbol } from "../app/router";
import type { Position, Positions } from "../api/types";
import { decimalsOf, money, price, whole } from "../format/numbers";
import { duration } from "../format/times";
import { useLink } from "../live/Live";
import { shownVerdict } from "../live/verdict";
import { usePolled } from "../live/usePolled";
import { OldMark } from "../widgets/Age";
import { Badge } from "../widgets/Badge";
import { Panel } from "../widgets/Panel";
import { problemWords } from "../widgets/Problem";

const PERIOD_MS = 2_000;
const OLD_AFTER_S = 6;

/** What the accounts hold; what is vouched for and what is not are never one sum. */
export function PositionsPanel() {
  const t = useT();
  const { data, problem, heardAt } = usePolled<Positions>("/api/positions", PERIOD_MS);
  return (
    <Panel title={t("positions.title")} aside={<OldMark heardAt={heardAt} limitS={OLD_AFTER_S} />}>
      {data === undefined ? (
        <p className="hint">
          {problem === null
            ? t("table.loading")
            : problem.status === 404
              ? t("positions.absent")
              : problemWords(t, problem).what}
        </p>
      ) : (
        <>
          <Totals book={data} />
          {data.positions.length === 0 ? <p className="hint">{t("positions.none")}</p> : <Table book={data} />}
        </>
      )}
    </Panel>
  );
}

function Totals({ book }: { book: Positions }) {
  const t = useT();
  const { isFresh } = useLink();
  const isVouchedNow = isFresh && !book.is_too_old;
  return (
    <>
      {book.is_too_old ? (
        <p className="problem">{t("positions.old", { age: duration(book.positions_age_s) })}</p>
      ) : null}
      <dl className="tiles totals">
        <div className={`tile ${isVouchedNow ? "tile-good" : "tile-old"}`}>
          <dt>{`${t("positions.vouched")} (${book.vouched})`}</dt>
          <dd data-testid="vouched-total">{money(book.vouched_total, book.base_currency)}</dd>
        </div>
        <div className={`tile ${book.unvouched > 0 ? "tile-warn" : ""}`} title={t("positions.unvouched.hint")}>
          <dt>{`${t("positions.unvouched")} (${book.unvouched})`}</dt>
          <dd data-testid="unvouched-total">{money(book.unvouched_total, book.base_currency)}</dd>
        </div>
        {book.unpriced > 0 ? (
          <div className="tile tile-warn">
            <dt>{t("positions.unpriced")}</dt>
            <dd>{whole(book.unpriced)}</dd>
          </div>
        ) : null}
      </dl>
    </>
  );
}

function Table({ book }: { book: Positions }) {
  const t = useT();
  return (
    <div className="scroll-x" tabIndex={0} role="group" aria-label={t("positions.title")}>
      <table className="rows">
        <thead>
          <tr>
            <th scope="col">{t("positions.symbol")}</th>
            <th scope="col">{t("positions.account")}</th>
            <th scope="col" className="number">
              {t("positions.quantity")}
            </th>
            <th scope="col" className="number">
              {t("positions.price")}
            </th>
            <th scope="col" className="number">
              {t("positions.value")}
            </th>
            <th scope="col" className="number">
              {t("positions.pnl")}
            </th>
            <th scope="col">{t("positions.verdict")}</th>
          </tr>
        </thead>
        <tbody>
          {book.positions.map((each) => (
            <Row key={`${each.account} ${each.symbol} ${each.con_id}`} position={each} base={book.base_currency} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ position, base }: { position: Position; base: string }) {
  const t = useT();
  const { isFresh } = useLink();
  const isVouched = position.is_vouched && isFresh;
  const pnl = position.unrealised_base;
  return (
    <tr className={isVouched ? "" : "row-old"}>
      <th scope="row">
        <button type="button" className="link" onClick={() => showSymbol(position.symbol)}>
          {position.symbol}
        </button>
      </th>
      <td className="hint">{position.account}</td>
      <td className="number">{price(position.quantity, 0)}</td>
      <td className="number">{price(position.price, decimalsOf(position.price))}</td>
      <td className="number">{money(position.value_base, base)}</td>
      <td className={`number ${isVouched && pnl !== null ? (pnl < 0 ? "down" : "up") : ""}`}>{money(pnl, base)}</td>
      <td>
        {position.verdict === null ? (
          t("unit.none")
        ) : (
          <Badge group="verdict" value={shownVerdict(position.verdict, isFresh)} title={position.why || undefined} />
        )}
        {isVouched ? null : <span className="hint beside">{t("positions.unvouchedWord")}</span>}
      </td>
    </tr>
  );
}
