/** The latest sales of the chosen day; each opens its receipt. */
import type { JSX } from "preact";
import { t } from "../shared/i18n.ts";
import { Chip } from "../shared/parts.tsx";
import { sayMoney, sayTime } from "../shared/say.ts";
import type { SaleRow } from "../shared/wire.ts";
import { openSale } from "./SaleSheet.tsx";
import { currency, sales, zoneOf } from "./state.ts";

function Row(props: { row: SaleRow }): JSX.Element {
  const { row } = props;
  const refund = row.kind === "refund";
  const amount_minor = refund ? -row.payable_minor : row.payable_minor;
  return (
    <tr>
      <td>
        <button
          type="button"
          class="plain link"
          aria-label={t("sales.open", { number: row.number })}
          onClick={() => {
            openSale.value = row.number;
          }}
        >
          {row.number}
        </button>
        {refund ? <Chip tone="warn">{t("sales.refund")}</Chip> : null}
      </td>
      <td class="num">{sayTime(row.at_ms, zoneOf(row.store))}</td>
      <td class="num wide">{row.lane}</td>
      <td class="num wide">{row.lines_n}</td>
      <td class="num">
        <strong>{sayMoney(amount_minor, currency.value || "USD")}</strong>
      </td>
    </tr>
  );
}

export function Sales(): JSX.Element {
  return (
    <section class="card sales" aria-label={t("sales.title")}>
      <header>
        <h2>{t("sales.title")}</h2>
      </header>
      {sales.value.length ? (
        <table>
          <thead>
            <tr>
              <th scope="col">{t("sales.number")}</th>
              <th scope="col" class="num">
                {t("sales.time")}
              </th>
              <th scope="col" class="num wide">
                {t("sales.lane")}
              </th>
              <th scope="col" class="num wide">
                {t("sales.lines")}
              </th>
              <th scope="col" class="num">
                {t("sales.amount")}
              </th>
            </tr>
          </thead>
          <tbody>
            {sales.value.map((row) => (
              <Row key={`${row.store} ${row.number}`} row={row} />
            ))}
          </tbody>
        </table>
      ) : (
        <p class="empty">{t("sales.none")}</p>
      )}
    </section>
  );
}
