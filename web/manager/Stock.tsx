/** Stock on hand per store and item, each figure with its age. */
import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { t } from "../shared/i18n.ts";
import { sayAge, sayQuantity } from "../shared/say.ts";
import type { StockRow } from "../shared/wire.ts";
import { clock_ms, searchStock, stock, stockRead_ms, stockWords, store } from "./state.ts";

const FIRST_N = 12;
const STEP_N = 40;
const WORDS_MAX_N = 64;

const shown_n = signal(FIRST_N);

/** The hub searches; until it answers, the rows that are here already are sifted. */
function matches(row: StockRow, words: string[]): boolean {
  const text = `${row.item} ${row.name}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

/** What the name leaves open: the item's number, and the store where several are shown. */
function placeOf(row: StockRow): string {
  const parts = [store.value ? "" : row.store, row.name ? row.item : ""];
  return parts.filter(Boolean).join(" · ");
}

/** Items that were sold come before those only received; the scarcest first. */
function scarcestFirst(a: StockRow, b: StockRow): number {
  return Number(!a.name) - Number(!b.name) || a.on_hand - b.on_hand;
}

function Row(props: { row: StockRow; since_ms: number }): JSX.Element {
  const { row } = props;
  return (
    <tr>
      <td>
        {row.name || row.item}
        <span class="quiet small item"> {placeOf(row)}</span>
      </td>
      <td class={`num ${row.on_hand < 0 ? "is-short" : ""}`}>
        {sayQuantity(row.on_hand, row.unit || "piece")}
      </td>
      <td class="num quiet small">{sayAge(row.age_ms + props.since_ms)}</td>
    </tr>
  );
}

export function Stock(): JSX.Element {
  const words = stockWords.value.toLowerCase().split(/\s+/).filter(Boolean);
  const found = stock.value.filter((row) => matches(row, words)).sort(scarcestFirst);
  const since_ms = Math.max(0, clock_ms.value - stockRead_ms.value);
  return (
    <section class="card stock" aria-label={t("stock.title")}>
      <header>
        <h2>{t("stock.title")}</h2>
        <input
          class="push"
          type="search"
          aria-label={t("stock.search")}
          placeholder={t("stock.search")}
          maxLength={WORDS_MAX_N}
          value={stockWords.value}
          onInput={(event) => {
            searchStock(event.currentTarget.value);
            shown_n.value = FIRST_N;
          }}
        />
      </header>
      {found.length ? (
        <table>
          <thead>
            <tr>
              <th scope="col">{t("stock.item")}</th>
              <th scope="col" class="num">
                {t("stock.on_hand")}
              </th>
              <th scope="col" class="num">
                {t("stock.age")}
              </th>
            </tr>
          </thead>
          <tbody>
            {found.slice(0, shown_n.value).map((row) => (
              <Row key={`${row.store} ${row.item}`} row={row} since_ms={since_ms} />
            ))}
          </tbody>
        </table>
      ) : (
        <p class="empty">{t("stock.none")}</p>
      )}
      {found.length > shown_n.value ? (
        <p class="more">
          <button
            type="button"
            class="plain"
            onClick={() => {
              shown_n.value += STEP_N;
            }}
          >
            {t("stock.more")} ({found.length - shown_n.value})
          </button>
        </p>
      ) : null}
    </section>
  );
}
