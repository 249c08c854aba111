/** A shut lane: the cashier signs in. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { t } from "../shared/i18n.ts";
import type { LaneView } from "../shared/wire.ts";
import { openLane } from "./acts.ts";
import { busy } from "./state.ts";

export function ShutLane(props: { view: LaneView }): JSX.Element {
  const [worker, setWorker] = useState("");
  const enter = (event: Event): void => {
    event.preventDefault();
    if (worker.trim()) void openLane(worker.trim());
  };
  return (
    <section class="card shut">
      <form class="stack" onSubmit={enter}>
        <h2>{t("lane.shut")}</h2>
        <p class="quiet">{t("lane.open_hint", { lane: props.view.lane })}</p>
        <label class="field">
          {t("lane.worker_id")}
          <input
            name="worker"
            autocomplete="off"
            autofocus
            maxLength={64}
            value={worker}
            onInput={(event) => setWorker(event.currentTarget.value)}
          />
        </label>
        <button type="submit" class="main" disabled={busy.value || !worker.trim()}>
          {t("lane.open")}
        </button>
      </form>
    </section>
  );
}
