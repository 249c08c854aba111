/** Amounts by key, the largest first, each with its share as a bar. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { t } from "../shared/i18n.ts";
import { sayMoney } from "../shared/say.ts";
import type { TakingsRow } from "../shared/wire.ts";
import { byKey, currency } from "./state.ts";

const ROWS_FIRST_N = 7;

export function Shares(props: {
  title: string;
  rows: TakingsRow[];
  name(key: string): string;
}): JSX.Element {
  const sums = byKey(props.rows);
  const [whole, setWhole] = useState(false);
  const shown = whole ? sums : sums.slice(0, ROWS_FIRST_N);
  const most_minor = Math.max(1, ...shown.map((row) => Math.abs(row.net_minor)));
  const all_minor = sums.reduce((sum, row) => sum + row.net_minor, 0);
  const money = currency.value || "USD";
  return (
    <section class="card shares" aria-label={props.title}>
      <header>
        <h2>{props.title}</h2>
        {sums.length ? <span class="push num quiet">{sayMoney(all_minor, money)}</span> : null}
      </header>
      {shown.length ? (
        <ul aria-label={props.title}>
          {shown.map((row) => (
            <li key={row.key}>
              <span class="key">{props.name(row.key) || "–"}</span>
              <span class="num">{sayMoney(row.net_minor, money)}</span>
              <span class="track" aria-hidden="true">
                <span
                  class="fill"
                  style={{ inlineSize: `${(100 * Math.abs(row.net_minor)) / most_minor}%` }}
                />
              </span>
            </li>
          ))}
        </ul>
      ) : (
        <p class="empty">{t("share.none")}</p>
      )}
      {shown.length < sums.length ? (
        <p class="more">
          <button type="button" class="plain" onClick={() => setWhole(true)}>
            {t("stock.more")} ({sums.length - shown.length})
          </button>
        </p>
      ) : null}
    </section>
  );
}
