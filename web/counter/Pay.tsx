/** The sums of the basket and the ways to pay them. */
import type { JSX } from "preact";
import { t, tWord } from "../shared/i18n.ts";
import { sayMoney } from "../shared/say.ts";
import type { LaneView } from "../shared/wire.ts";
import { asking, closeSale, likelyCash, pay, payDue, shutLane, takeBack } from "./acts.ts";
import { busy } from "./state.ts";

function Row(props: { name: string; value: string; tone?: string }): JSX.Element {
  return (
    <div class={props.tone}>
      <dt>{props.name}</dt>
      <dd class="num">{props.value}</dd>
    </div>
  );
}

function Sums(props: { view: LaneView }): JSX.Element {
  const { view } = props;
  const say = (amount_minor: number): string => sayMoney(amount_minor, view.currency);
  return (
    <dl class="sums">
      <Row name={t("pay.gross")} value={say(view.gross_minor)} />
      {view.discount_minor ? (
        <Row name={t("pay.discount")} value={say(-view.discount_minor)} tone="is-good" />
      ) : null}
      {view.rounding_minor ? (
        <Row name={t("pay.rounding")} value={say(view.rounding_minor)} />
      ) : null}
      <Row name={t("pay.total")} value={say(view.payable_minor)} tone="is-sum" />
      {view.tenders.map((tender, at) => (
        <Row
          key={`${at}${tender.kind}`}
          name={tWord("tender", tender.kind)}
          value={say(tender.amount_minor)}
        />
      ))}
    </dl>
  );
}

function Ways(props: { view: LaneView; ready: boolean }): JSX.Element {
  const { view, ready } = props;
  return (
    <div class="ways">
      <button type="button" disabled={!ready} onClick={() => void payDue("cash")}>
        {t("pay.exact")} <kbd>F4</kbd>
      </button>
      <button type="button" disabled={!ready} onClick={() => void payDue("card")}>
        {t("pay.card")} <kbd>F7</kbd>
      </button>
      <button type="button" disabled={!ready} onClick={() => void payDue("wallet")}>
        {t("pay.wallet")} <kbd>F8</kbd>
      </button>
      <div class="notes" role="group" aria-label={t("pay.notes")}>
        {likelyCash(ready ? view.cash_due_minor : 0).map((sum_minor) => (
          <button
            key={sum_minor}
            type="button"
            disabled={!ready}
            onClick={() => void pay("cash", sum_minor)}
          >
            {sayMoney(sum_minor, view.currency)}
          </button>
        ))}
      </div>
    </div>
  );
}

export function Pay(props: { view: LaneView }): JSX.Element {
  const { view } = props;
  const filled = view.lines.length > 0;
  const still = busy.value;
  const ready = filled && view.due_minor > 0 && !still;
  const paid = filled && view.due_minor <= 0;
  return (
    <section class="card pay" aria-label={t("pay.total")}>
      <Sums view={view} />
      <Ways view={view} ready={ready} />
      <button
        type="button"
        class="main close-sale"
        disabled={!paid || still}
        onClick={() => void closeSale()}
      >
        {t("pay.close")} <kbd>F9</kbd>
      </button>
      <div class="undo">
        {view.tenders.length ? (
          <button type="button" disabled={still} onClick={() => void takeBack()}>
            {t("pay.take_back")}
          </button>
        ) : null}
        {filled ? (
          <button
            type="button"
            class="risky"
            disabled={still}
            onClick={() => {
              asking.value = true;
            }}
          >
            {t("pay.cancel")}
          </button>
        ) : (
          <button type="button" class="plain" disabled={still} onClick={() => void shutLane()}>
            {t("lane.shut_now")}
          </button>
        )}
      </div>
    </section>
  );
}
