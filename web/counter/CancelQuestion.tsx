/** Cancelling a basket wants a reason; the browser's own dialog keeps the focus inside. */
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../shared/i18n.ts";
import { asking, cancelBasket } from "./acts.ts";

const REASONS = [
  ["customer_left", "cancel.left"],
  ["cannot_pay", "cancel.cannot_pay"],
  ["rung_by_mistake", "cancel.mistake"],
] as const;

export function CancelQuestion(): JSX.Element {
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => box.current?.showModal(), []);
  const keep = (): void => {
    asking.value = false;
  };
  return (
    <dialog ref={box} class="question" aria-labelledby="cancel-title" onClose={keep}>
      <div class="stack">
        <h2 id="cancel-title">{t("cancel.title")}</h2>
        <p class="quiet">{t("cancel.why")}</p>
        {REASONS.map(([reason, text]) => (
          <button key={reason} type="button" class="risky" onClick={() => void cancelBasket(reason)}>
            {t(text)}
          </button>
        ))}
        <button type="button" class="main" autofocus onClick={keep}>
          {t("cancel.keep")}
        </button>
      </div>
    </dialog>
  );
}
