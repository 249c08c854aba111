/** The one figure the customer asks for. */
import type { JSX } from "preact";
import { t } from "../shared/i18n.ts";
import { sayMoney } from "../shared/say.ts";
import type { LaneView } from "../shared/wire.ts";

export function Total(props: { view: LaneView }): JSX.Element {
  const { view } = props;
  const paying = view.tendered_minor > 0;
  const change = view.change_minor > 0;
  const label = change ? t("pay.change") : paying ? t("pay.due") : t("pay.total");
  const figure_minor = change ? view.change_minor : paying ? view.due_minor : view.payable_minor;
  return (
    <section class="card total" aria-label={t("pay.total")}>
      <output class={change ? "is-change" : ""} aria-live="polite" aria-atomic="true" id="total">
        <span class="label">{label}</span>
        <span class="figure">{sayMoney(figure_minor, view.currency)}</span>
      </output>
    </section>
  );
}
