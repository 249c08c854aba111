/** The customer's basket: the last lines, each with the reason of what was taken off. */
import type { JSX } from "preact";
import { t } from "../shared/i18n.ts";
import { sayReason } from "../shared/reason.ts";
import { sayCount, sayMoney, sayQuantity } from "../shared/say.ts";
import type { LaneLine, LaneView } from "../shared/wire.ts";

/** So many rows fit every screen without scrolling; the oldest lines fold into the first row. */
const ROWS_MAX_N = 12;
const FEW_ROWS_N = 8;

const PIECE = 1000;

/** Whole pieces of a line; what is weighed, or sold in parts, is one. */
export function piecesOf(line: LaneLine): number {
  return line.unit === "piece" && line.quantity % PIECE === 0 ? line.quantity / PIECE : 1;
}

/** "2 × $3.49", "1.286 kg × $1.29/kg"; nothing for one piece at its price. */
function sayMaking(line: LaneLine, currency: string): string {
  const quantity = sayQuantity(line.quantity, line.unit);
  const one = line.unit === "piece" && line.quantity === PIECE;
  if (line.price_minor === null) return one ? "" : quantity;
  const each = sayMoney(line.price_minor, currency);
  if (line.unit === "piece" && line.per === PIECE) return one ? "" : `${quantity} × ${each}`;
  return `${quantity} × ${each}/${sayQuantity(line.per, line.unit).replace(/^1 /, "")}`;
}

function Row(props: { line: LaneLine; currency: string; newest: boolean }): JSX.Element {
  const { line, currency } = props;
  const taken = [...new Set(line.adjustments.map(sayReason))].join(" · ");
  const taken_minor = line.adjustments.reduce((sum, one) => sum + one.amount_minor, 0);
  return (
    <li class={props.newest ? "row is-newest" : "row"}>
      <span class="name">{line.name}</span>
      <span class="making num">{sayMaking(line, currency)}</span>
      <span class="amount num">{sayMoney(line.gross_minor, currency)}</span>
      {taken ? (
        <>
          <span class="why">{taken}</span>
          <span class="off num">{sayMoney(-taken_minor, currency)}</span>
        </>
      ) : null}
    </li>
  );
}

function Earlier(props: { lines: readonly LaneLine[]; currency: string }): JSX.Element {
  const pieces_n = props.lines.reduce((sum, line) => sum + piecesOf(line), 0);
  const sum_minor = props.lines.reduce((sum, line) => sum + line.net_minor, 0);
  return (
    <li class="row is-earlier">
      <span class="name">
        {pieces_n === 1 ? t("customer.earlier_1") : t("customer.earlier", { n: sayCount(pieces_n) })}
      </span>
      <span class="making" />
      <span class="amount num">{sayMoney(sum_minor, props.currency)}</span>
    </li>
  );
}

export function Goods(props: { view: LaneView }): JSX.Element {
  const { lines, currency } = props.view;
  const folded_n = lines.length > ROWS_MAX_N ? lines.length - ROWS_MAX_N + 1 : 0;
  const shown = lines.slice(folded_n);
  const rows_n = shown.length + (folded_n ? 1 : 0);
  return (
    <ol class={rows_n > FEW_ROWS_N ? "goods is-many" : "goods"} aria-label={t("customer.lines")}>
      {folded_n ? <Earlier lines={lines.slice(0, folded_n)} currency={currency} /> : null}
      {shown.map((line) => (
        <Row
          key={line.line}
          line={line}
          currency={currency}
          newest={line === lines[lines.length - 1]}
        />
      ))}
    </ol>
  );
}
