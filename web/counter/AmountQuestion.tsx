/** An item without a price of its own was scanned: how much is it? */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../shared/i18n.ts";
import { readMoney } from "../shared/say.ts";
import { ringAmount } from "./acts.ts";
import { amountFor, lane } from "./state.ts";

export function AmountQuestion(props: { item: string; detail: string }): JSX.Element {
  const box = useRef<HTMLDialogElement>(null);
  const [typed, setTyped] = useState("");
  useEffect(() => box.current?.showModal(), []);
  const amount_minor = readMoney(typed, lane.value?.currency ?? "USD");
  const enter = (event: Event): void => {
    event.preventDefault();
    if (amount_minor !== null) void ringAmount(props.item, amount_minor);
  };
  return (
    <dialog
      ref={box}
      class="question"
      aria-labelledby="amount-title"
      onClose={() => {
        amountFor.value = null;
      }}
    >
      <form class="stack" onSubmit={enter}>
        <h2 id="amount-title">{t("amount.title")}</h2>
        <p class="quiet">{props.detail}</p>
        <label class="field">
          {t("basket.amount")}
          <input
            name="amount"
            inputmode="decimal"
            autocomplete="off"
            autofocus
            value={typed}
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
        </label>
        <button type="submit" class="main" disabled={amount_minor === null}>
          {t("entry.add")}
        </button>
        <button type="button" onClick={() => box.current?.close()}>
          {t("amount.leave")}
        </button>
      </form>
    </dialog>
  );
}
