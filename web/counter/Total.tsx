/** The one figure the customer asks for. */
import type { JSX } from "preact";
import { t } from "../shared/i18n.ts";
import { sayMoney } from "../shared/say.ts";
import type { LaneView } from "../shared/wire.ts";

/** What matters now: the total, then what is still due, then what goes back. */
function figureOf(view: LaneView): [string, number] {
  if (view.tendered_minor === 0) return [t("pay.total"), view.payable_minor];
  if (view.due_minor > 0) return [t("pay.due"), view.due_minor];
  if (view.change_minor > 0) return [t("pay.change"), view.change_minor];
  return [t("pay.paid"), view.payable_minor];
}

export function Total(props: { view: LaneView }): JSX.Element {
  const { view } = props;
  const [label, figure_minor] = figureOf(view);
  return (
    <section class="card total" aria-label={t("pay.total")}>
      <output aria-live="polite" aria-atomic="true" id="total">
        <span class="label">{label}</span>
        <span class="figure">{sayMoney(figure_minor, view.currency)}</span>
      </output>
    </section>
  );
}
