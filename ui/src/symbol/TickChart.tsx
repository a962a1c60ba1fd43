import {
  createChart,
  LineSeries,
  LineType,
  type IChartApi,
  type ISeriesApi,
  type LineData,
  type UTCTimestamp,
  type WhitespaceData,
} from "lightweight-charts";
import { useEffect, useRef } from "react";
import { usePreferences } from "../app/preferences";
import { clockTime } from "../format/times";
import { decimalsOf, price } from "../format/numbers";
import type { TickLine, TickPoint } from "./tickLine";
import { useTicks } from "./useTicks";

const FIELDS = ["ask", "bid", "last"] as const;

/** So many points fill the whole width; with more the chart moves along with the newest. */
const FITTED_POINTS = 240;

interface Chart {
  readonly api: IChartApi;
  readonly lines: Record<(typeof FIELDS)[number], ISeriesApi<"Line">>;
}

export function TickChart({ symbol }: { symbol: string }) {
  const { t, isDark } = usePreferences();
  const { line, version } = useTicks(symbol);
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<Chart | null>(null);
  useEffect(() => {
    if (place.current === null) return undefined;
    const made = madeChart(place.current);
    chart.current = made;
    draw(made, line);
    return () => {
      chart.current = null;
      made.api.remove();
    };
  }, [isDark, line]);
  useEffect(() => {
    if (chart.current !== null && version > 0) draw(chart.current, line);
  }, [version, line]);
  const isEmpty = line.points.length === 0;
  return (
    <figure className="chart">
      <div
        ref={place}
        className="chart-place"
        role="img"
        aria-label={t("symbol.chart.label", { symbol })}
        data-points={line.points.length}
      />
      {isEmpty ? <p className="chart-empty hint">{t("symbol.chart.none")}</p> : null}
      <figcaption>
        <span className="key key-last">{t("col.last")}</span>
        <span className="key key-bid">{t("col.bid")}</span>
        <span className="key key-ask">{t("col.ask")}</span>
        <span className="hint">{t("symbol.bars")}</span>
      </figcaption>
    </figure>
  );
}

function madeChart(place: HTMLElement): Chart {
  const colour = coloursOf(place);
  const api = createChart(place, {
    autoSize: true,
    layout: {
      attributionLogo: false, // the footer names the makers; the logo would bring an inline style sheet
      background: { color: "transparent" },
      textColor: colour("--muted"),
      fontSize: 11,
      fontFamily: getComputedStyle(place).fontFamily,
    },
    grid: { vertLines: { color: colour("--line") }, horzLines: { color: colour("--line") } },
    rightPriceScale: { borderColor: colour("--line") },
    timeScale: {
      borderColor: colour("--line"),
      timeVisible: true,
      secondsVisible: true,
      rightOffset: 2,
      fixLeftEdge: true,
      allowBoldLabels: false,
      tickMarkFormatter: (time: number) => clockTime(time * 1000),
    },
    localization: { timeFormatter: (time: number) => clockTime(time * 1000) },
    handleScale: { mouseWheel: false },
  });
  const thin = { lineWidth: 1, priceLineVisible: false, lastValueVisible: false, lineType: LineType.WithSteps } as const;
  const lines = {
    ask: api.addSeries(LineSeries, { ...thin, color: colour("--ask") }),
    bid: api.addSeries(LineSeries, { ...thin, color: colour("--bid") }),
    last: api.addSeries(LineSeries, {
      color: colour("--accent"),
      lineWidth: 2,
      lineType: LineType.WithSteps,
      priceLineStyle: 3,
    }),
  };
  return { api, lines };
}

function coloursOf(place: HTMLElement): (name: string) => string {
  const style = getComputedStyle(place);
  return (name) => style.getPropertyValue(name).trim();
}

function draw({ api, lines }: Chart, { points }: TickLine): void {
  const decimals = decimalsOf(...points.slice(-20).flatMap(({ bid, ask, last }) => [bid, ask, last]));
  for (const field of FIELDS) {
    lines[field].applyOptions({
      priceFormat: { type: "custom", minMove: 10 ** -decimals, formatter: (value: number) => price(value, decimals) },
    });
    lines[field].setData(points.map((point) => pointOf(point, field)));
  }
  if (points.length <= FITTED_POINTS) api.timeScale().fitContent();
}

function pointOf(point: TickPoint, field: (typeof FIELDS)[number]): LineData | WhitespaceData {
  const time = point.timeS as UTCTimestamp;
  const value = point[field];
  return value === null ? { time } : { time, value };
}
