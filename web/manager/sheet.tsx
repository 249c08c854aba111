/** A sheet at the side of the page, in the browser's own dialog. */
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../shared/i18n.ts";

export function Sheet(props: {
  title: string;
  wide?: boolean;
  onClose(): void;
  children: ComponentChildren;
}): JSX.Element {
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => box.current?.showModal(), []);
  return (
    <dialog
      ref={box}
      class={`sheet ${props.wide ? "is-wide" : ""}`}
      aria-label={props.title}
      onClose={props.onClose}
      onClick={(event) => {
        if (event.target === box.current) box.current?.close();
      }}
    >
      <div class="sheet-page">
        <header>
          <h2>{props.title}</h2>
          <button type="button" class="push" onClick={() => box.current?.close()}>
            {t("sale.close")}
          </button>
        </header>
        {props.children}
      </div>
    </dialog>
  );
}
