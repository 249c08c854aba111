/** Takings over the day as a chart, with the same figures as a table, and the days as a strip. */
import type { JSX } from "preact";
import { t } from "../shared/i18n.ts";
import { sayCount, sayDay, sayMoney, sayShortDay } from "../shared/say.ts";
import { HourChart } from "./HourChart.tsx";
import { byKey, chooseDay, currency, day, days, hours, store } from "./state.ts";

const STRIP_DAYS_N = 28;

function hourText(key: string): string {
  return `${key.slice(-2).padStart(2, "0")}:00`;
}

function HourTable(): JSX.Element {
  const rows = byKey(hours.value).sort((a, b) => a.key.localeCompare(b.key));
  return (
    <details class="as-table">
      <summary>{t("takings.table")}</summary>
      <table>
        <thead>
          <tr>
            <th scope="col">{t("takings.hour")}</th>
            <th scope="col" class="num">
              {t("figure.sales")}
            </th>
            <th scope="col" class="num">
              {t("figure.takings")}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.key}>
              <td>{hourText(row.key)}</td>
              <td class="num">{sayCount(row.sales_n)}</td>
              <td class="num">{sayMoney(row.net_minor, currency.value || "USD")}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

function DayStrip(): JSX.Element | null {
  const sums = byKey(days.value)
    .sort((a, b) => a.key.localeCompare(b.key))
    .slice(-STRIP_DAYS_N);
  if (sums.length < 2) return null;
  const most_minor = Math.max(1, ...sums.map((row) => row.net_minor));
  return (
    <div class="strip" role="group" aria-label={t("takings.days")}>
      {sums.map((row) => {
        const said = `${sayDay(row.key)} · ${sayMoney(row.net_minor, currency.value || "USD")}`;
        return (
          <button
            key={row.key}
            type="button"
            title={said}
            aria-label={said}
            aria-pressed={row.key === day.value}
            onClick={() => chooseDay(row.key)}
          >
            <span
              class="bar"
              style={{ blockSize: `${Math.max(4, (100 * row.net_minor) / most_minor)}%` }}
            />
            <span class="date">{sums.length > 14 ? row.key.slice(-2) : sayShortDay(row.key)}</span>
          </button>
        );
      })}
    </div>
  );
}

export function Takings(): JSX.Element {
  const what = store.value ? t("counter.store", { store: store.value }) : t("chain.all_stores");
  return (
    <section class="card takings" aria-label={t("takings.title")}>
      <header>
        <h2>{t("takings.title")}</h2>
        <span class="quiet small">
          {t("takings.of", { what, day: day.value ? sayDay(day.value) : "–" })}
        </span>
      </header>
      {hours.value.length ? <HourChart /> : <p class="empty chart">{t("takings.none")}</p>}
      {hours.value.length ? <HourTable /> : null}
      <DayStrip />
    </section>
  );
}
