/** The figures of the chosen day in one row. */
import type { JSX } from "preact";
import { t } from "../shared/i18n.ts";
import { sayCount, sayMoney, sayQuantity } from "../shared/say.ts";
import { currency, day, days, sumOf } from "./state.ts";

function Figure(props: { name: string; value: string; main?: boolean }): JSX.Element {
  return (
    <div class={props.main ? "is-main" : ""}>
      <dt>{props.name}</dt>
      <dd>{props.value}</dd>
    </div>
  );
}

export function Figures(): JSX.Element {
  const rows = days.value.filter((row) => row.key === day.value);
  const say = (amount_minor: number): string =>
    currency.value ? sayMoney(amount_minor, currency.value) : sayCount(amount_minor);
  const sales_n = sumOf(rows, "sales_n");
  const net_minor = sumOf(rows, "net_minor");
  const refunds_n = sumOf(rows, "refunds_n");
  return (
    <dl class="card figures">
      <Figure name={t("figure.takings")} value={say(net_minor)} main />
      <Figure name={t("figure.sales")} value={sayCount(sales_n)} />
      <Figure
        name={t("figure.average")}
        value={sales_n ? say(Math.round(net_minor / sales_n)) : "–"}
      />
      <Figure name={t("figure.discounts")} value={say(sumOf(rows, "discount_minor"))} />
      <Figure name={t("figure.pieces")} value={sayCount(sumOf(rows, "pieces"))} />
      <Figure name={t("figure.weight")} value={sayQuantity(sumOf(rows, "weight_g"), "g")} />
      <Figure name={t("figure.refunds")} value={sayCount(refunds_n)} />
    </dl>
  );
}
