/** What the shop said no to, until it is dismissed or the next act succeeds. */
import type { JSX } from "preact";
import { t, tWord } from "../shared/i18n.ts";
import { hearing } from "../shared/live.ts";
import { dismiss, lane, notice } from "./state.ts";

export function NoticeBar(): JSX.Element {
  const said = notice.value;
  // Nothing was drawn yet before the first connect: that is a start, not trouble.
  const trouble = !hearing.value && lane.value !== null;
  return (
    <div class="notices" role="alert">
      {trouble ? <p class="notice is-trouble">{t("page.trouble")}</p> : null}
      {said ? (
        <div class="notice">
          <p>
            <strong>{tWord("refused", said.code, said.code.replaceAll("_", " "))}</strong>
            {said.detail ? <span> {said.detail}</span> : null}
          </p>
          <button type="button" onClick={dismiss}>
            {t("notice.dismiss")} <kbd>Esc</kbd>
          </button>
        </div>
      ) : null}
    </div>
  );
}
