/** The chart of one day by hour: takings as bars, a colour per store, and sales as a line. */
import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { type ECharts, type EChartsCoreOption, init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { language, t } from "../shared/i18n.ts";
import { minorDigits, sayCount, sayMoney } from "../shared/say.ts";
import { currency, day, hours } from "./state.ts";

use([BarChart, LineChart, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer]);

const dark = matchMedia("(prefers-color-scheme: dark)");

/** Every hour from the first to the last with a sale, so that a quiet hour is a gap. */
function hourKeys(): string[] {
  const found = hours.value.map((row) => Number(row.key.slice(-2)));
  const first = Math.min(...found);
  const last = Math.max(...found);
  return Array.from({ length: last - first + 1 }, (_, at) => String(first + at).padStart(2, "0"));
}

function bars(keys: string[], colours: string[]): object[] {
  const names = [...new Set(hours.value.map((row) => row.store))].sort();
  return names.map((name, at) => {
    const own = new Map(
      hours.value.filter((row) => row.store === name).map((row) => [row.key.slice(-2), row]),
    );
    return {
      type: "bar",
      name: t("counter.store", { store: name }),
      stack: "takings",
      barMaxWidth: 34,
      itemStyle: { color: colours[at % colours.length] },
      tooltip: { valueFormatter: (value: number) => sayMoney(value, currency.value || "USD") },
      data: keys.map((key) => own.get(key)?.net_minor ?? 0),
    };
  });
}

function salesLine(keys: string[], colour: string): object {
  // An hour without a sale has no point: a line down to zero and up again would be all spikes.
  const count = (key: string): number | null =>
    hours.value
      .filter((row) => row.key.slice(-2) === key)
      .reduce((sum, row) => sum + row.sales_n, 0) || null;
  return {
    type: "line",
    name: t("takings.line"),
    yAxisIndex: 1,
    symbolSize: 6,
    lineStyle: { width: 2 },
    itemStyle: { color: colour },
    tooltip: { valueFormatter: (value: number | null) => sayCount(value ?? 0) },
    data: keys.map(count),
  };
}

function option(place: HTMLElement): EChartsCoreOption {
  const css = getComputedStyle(place);
  const read = (name: string): string => css.getPropertyValue(name).trim();
  const keys = hourKeys();
  const text = { color: read("--quiet"), fontFamily: css.fontFamily, fontSize: 12 };
  const colours = ["--chart-bar", "--chart-2", "--chart-3", "--chart-4", "--chart-5"].map(read);
  const whole = 10 ** minorDigits(currency.value || "USD");
  const say = (minor: number): string =>
    sayMoney(minor, currency.value || "USD").replace(whole > 1 ? /\.0+$/ : "", "");
  const narrow = place.clientWidth < 520;
  return {
    animationDuration: 300,
    animationDurationUpdate: 300,
    textStyle: text,
    grid: { left: 8, right: 8, top: 40, bottom: 4, containLabel: true },
    legend: { top: 4, right: 8, itemWidth: 12, itemHeight: 8, textStyle: text, type: "scroll" },
    tooltip: {
      trigger: "axis",
      // Tooltips made of HTML would need inline styles, which the page's policy forbids.
      renderMode: "richText",
      confine: true,
      backgroundColor: read("--sheet"),
      borderColor: read("--edge"),
      textStyle: { ...text, color: read("--ink") },
      axisPointer: { type: "shadow", shadowStyle: { color: read("--chart-grid"), opacity: 0.5 } },
    },
    xAxis: {
      type: "category",
      data: keys.map((key) => `${key}:00`),
      axisTick: { show: false },
      axisLine: { lineStyle: { color: read("--edge") } },
      axisLabel: { ...text, hideOverlap: true },
    },
    yAxis: [
      {
        type: "value",
        axisLabel: { ...text, formatter: say },
        splitLine: { lineStyle: { color: read("--chart-grid") } },
        splitNumber: 4,
      },
      {
        type: "value",
        show: !narrow,
        minInterval: 1,
        axisLabel: text,
        splitLine: { show: false },
        splitNumber: 4,
      },
    ],
    series: [...bars(keys, colours), salesLine(keys, read("--chart-line"))],
  };
}

export function HourChart(): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<ECharts | null>(null);
  useEffect(() => {
    const box = place.current;
    if (!box) return undefined;
    const drawn = init(box, null, { renderer: "canvas" });
    chart.current = drawn;
    const draw = (): void => {
      drawn.resize();
      drawn.setOption(option(box), { replaceMerge: ["series"] });
    };
    const watch = new ResizeObserver(draw);
    watch.observe(box);
    dark.addEventListener("change", draw);
    return () => {
      watch.disconnect();
      dark.removeEventListener("change", draw);
      drawn.dispose();
      chart.current = null;
    };
  }, []);
  useEffect(() => {
    if (place.current) {
      chart.current?.setOption(option(place.current), { replaceMerge: ["series"] });
    }
  }, [hours.value, language.value, currency.value]);
  return <div class="chart" ref={place} role="img" aria-label={`${t("takings.title")} ${day.value}`} />;
}
