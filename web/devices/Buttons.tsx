/** The tests and orders that fit a device. */
import type { JSX } from "preact";
import { type Text, t } from "../shared/i18n.ts";
import type { Category, DeviceReport } from "../shared/wire.ts";
import { act, type ActName, results, running, watch, watching } from "./acts.ts";
import { openSetup } from "./setup.ts";
import { isWell } from "./state.ts";
import { saySentence, sayTrouble } from "./words.ts";

const TESTS: Record<Category, readonly (readonly [ActName, Text])[]> = {
  Scanner: [["interactive", "act.scan"]],
  Scale: [
    ["zero", "act.zero"],
    ["tare", "act.tare"],
    ["tare_clear", "act.tare_clear"],
  ],
  POSPrinter: [
    ["external", "act.print"],
    ["drawer", "act.drawer"],
  ],
  LabelPrinter: [["external", "act.label"]],
  LineDisplay: [["external", "act.show"]],
};

function ActButton(props: { device: string; name: ActName; text: Text }): JSX.Element {
  const now = running.value.get(props.device);
  return (
    <button
      type="button"
      disabled={now !== undefined}
      aria-busy={now === props.name}
      onClick={() => void act(props.device, props.name)}
    >
      {t(props.text)}
    </button>
  );
}

function WatchButton(props: { device: string }): JSX.Element {
  const on = watching.value.has(props.device);
  return (
    <button
      type="button"
      class={on ? "main" : ""}
      aria-pressed={on}
      onClick={() => void watch(props.device)}
    >
      {on ? t("act.watch_stop") : t("act.watch")}
    </button>
  );
}

export function Buttons(props: { device: DeviceReport }): JSX.Element {
  const { device, category, kind } = props.device;
  // What is not there can only be looked for.
  const tests = props.device.upos_state === "closed" ? [] : TESTS[category];
  return (
    <div class="acts">
      {category === "Scale" && tests.length ? <WatchButton device={device} /> : null}
      {tests.map(([name, text]) => (
        <ActButton key={name} device={device} name={name} text={text} />
      ))}
      <ActButton device={device} name="internal" text="act.check" />
      {kind === "keyboard_scanner" && tests.length ? (
        <button type="button" disabled={running.value.has(device)} onClick={() => openSetup(device)}>
          {t("setup.title")}
        </button>
      ) : null}
    </div>
  );
}

const DONE: Partial<Record<ActName, Text>> = {
  zero: "done.zero",
  tare: "done.tare",
  tare_clear: "done.tare_clear",
  drawer: "done.drawer",
  flight: "done.flight",
  learn: "done.learn",
  take: "done.take",
  give_back: "done.give_back",
};

/** What came of the last act, or what is being waited for; said aloud by screen readers. */
export function Outcome(props: { device: DeviceReport }): JSX.Element {
  const { device, category } = props.device;
  const now = running.value.get(device);
  const result = results.value.get(device);
  let line: JSX.Element | null = null;
  if (now === "learn") line = <p class="outcome is-wait">{t("setup.listening")}</p>;
  else if (now === "interactive") line = <p class="outcome is-wait">{t("act.scan_wait")}</p>;
  else if (now && now !== "watch") line = <p class="outcome is-wait">{t("act.wait")}</p>;
  else if (result?.code && !result.wasWell && isWell(props.device)) line = null;
  else if (result?.code && result.code === props.device.code) {
    line = <p class="outcome is-bad">{t("act.still")}</p>;
  } else if (result?.code) {
    const said = sayTrouble(result.code, result.text, category);
    line = (
      <p class="outcome is-bad">
        <strong>{said.cause}</strong> {said.cure}
        {said.known && !said.cure ? <span class="quiet"> {result.text}</span> : null}
      </p>
    );
  } else if (result && result.act !== "watch") {
    const done = DONE[result.act];
    const text = done ? t(done) : saySentence(result.text);
    line = <p class={`outcome ${result.ok ? "is-good" : "is-bad"}`}>{text}</p>;
  }
  return <div role="status">{line}</div>;
}
