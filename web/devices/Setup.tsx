/** The dialog that sets a scanner in keyboard mode up by one scan. */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { type Text, t, tWord } from "../shared/i18n.ts";
import type { ScannerLearned } from "../shared/wire.ts";
import { act, results, running } from "./acts.ts";
import {
  bars,
  copyText,
  LISTEN_S,
  learned,
  printCode,
  printed,
  setup,
  unseen,
  until_ms,
} from "./setup.ts";
import { sorted } from "./state.ts";
import { sayKind, sayTrouble } from "./words.ts";

const QUIET_N = 10; // modules without ink that a scanner wants on either side
const HEIGHT_N = 56;
const TICK_MS = 200;

/** The bars as one path; `turned` ones run down the screen, for one that is narrow. */
function Bars(props: { modules: string; turned: boolean }): JSX.Element {
  const { modules, turned } = props;
  const long = modules.length + 2 * QUIET_N;
  const path = [...modules.matchAll(/1+/g)]
    .map((run) => {
      const at = run.index + QUIET_N;
      const wide = run[0].length;
      return turned
        ? `M0 ${at}h${HEIGHT_N}v${wide}h-${HEIGHT_N}z`
        : `M${at} 0h${wide}v${HEIGHT_N}h-${wide}z`;
    })
    .join("");
  // Ink on paper in the dark theme too: few scanners read light bars on a dark ground.
  return (
    <svg
      class={`bars ${turned ? "is-turned" : "is-level"}`}
      viewBox={turned ? `0 0 ${HEIGHT_N} ${long}` : `0 0 ${long} ${HEIGHT_N}`}
      preserveAspectRatio="none"
      shape-rendering="crispEdges"
      role="img"
      aria-label={t("setup.code")}
    >
      <path d={path} fill="#000" />
    </svg>
  );
}

function Code(): JSX.Element {
  const problem = unseen.value;
  if (problem) {
    const said = sayTrouble(problem.code, problem.message);
    return (
      <p class="outcome is-bad" role="alert">
        <strong>{said.cause}</strong> {said.cure}
      </p>
    );
  }
  return (
    <div class="paper">
      <Bars modules={bars.value} turned={false} />
      <Bars modules={bars.value} turned={true} />
    </div>
  );
}

function Print(): JSX.Element {
  const printers = sorted.value.filter((device) => device.category === "POSPrinter");
  const first = printers.find((device) => device.state === "ready") ?? printers[0];
  const [chosen, choose] = useState("");
  const printer = chosen || first?.device || "";
  const sent = printed.value;
  const problem = sent?.problem;
  const said = problem ? sayTrouble(problem.code, problem.message, "POSPrinter") : null;
  return (
    <section>
      <h3>{t("setup.step_show")}</h3>
      <p class="quiet">{t("setup.step_show_how")}</p>
      {first ? (
        <div class="acts">
          {printers.length > 1 ? (
            <select
              aria-label={t("setup.printer")}
              value={printer}
              onChange={(event) => choose(event.currentTarget.value)}
            >
              {printers.map((one) => (
                <option key={one.device} value={one.device}>
                  {one.device}
                </option>
              ))}
            </select>
          ) : null}
          <button type="button" onClick={() => void printCode(printer)}>
            {t("setup.print")}
          </button>
        </div>
      ) : (
        <p class="quiet small">{t("setup.no_printer")}</p>
      )}
      <div role="status">
        {said ? (
          <p class="outcome is-bad">
            <strong>{said.cause}</strong> {said.cure}
          </p>
        ) : sent ? (
          <p class="outcome is-good">{t("setup.printing", { printer: sent.printer })}</p>
        ) : null}
      </div>
    </section>
  );
}

/** How long the box still listens; said once to screen readers, drawn for everybody else. */
function Listening(): JSX.Element {
  const [now_ms, setNow] = useState(performance.now());
  useEffect(() => {
    const ticking = setInterval(() => setNow(performance.now()), TICK_MS);
    return () => clearInterval(ticking);
  }, []);
  const left_s = Math.max(0, (until_ms.value - now_ms) / 1000);
  return (
    <div class="listening">
      <p>
        <strong role="status">{t("setup.listening")}</strong>
        <span class="num" aria-hidden="true">
          {t("setup.left", { n: Math.ceil(left_s) })}
        </span>
      </p>
      <progress max={LISTEN_S} value={left_s} aria-label={t("setup.listening")} />
    </div>
  );
}

function Scan(props: { device: string }): JSX.Element {
  const { device } = props;
  const now = running.value.get(device);
  const result = results.value.get(device);
  const isDone = learned.value.has(device);
  const failed = now || result?.act !== "learn" || !result.code ? null : result;
  const said = failed ? sayTrouble(failed.code, failed.text, "Scanner") : null;
  return (
    <section>
      <h3>{t("setup.step_scan")}</h3>
      <p class="quiet">{t("setup.step_scan_how", { n: LISTEN_S })}</p>
      {now === "learn" ? (
        <Listening />
      ) : (
        <div class="acts">
          <button
            type="button"
            class={isDone ? "" : "main"}
            autofocus
            disabled={now !== undefined}
            onClick={() => void act(device, "learn")}
          >
            {isDone || said ? t("setup.scan_again") : t("setup.scan")}
          </button>
        </div>
      )}
      <div role="status">
        {said ? (
          <p class="outcome is-bad">
            <strong>{said.cause}</strong> {said.cure}
          </p>
        ) : null}
      </div>
    </section>
  );
}

/** What should be set otherwise in the scanner itself. */
function adviseOn(told: ScannerLearned): string[] {
  const layout = told.layout;
  const rules: readonly (readonly [boolean, Text])[] = [
    [told.lost !== "", "setup.advice_lost"],
    [told.gs === "missing", "setup.advice_gs"],
    [told.case === "upper" || told.case === "lower", "setup.advice_case"],
    [told.case === "caps_lock", "setup.advice_caps"],
    [!told.sends_aim, "setup.advice_aim"],
    [told.terminator === "none", "setup.advice_end"],
    [told.layouts.length > 1, "setup.advice_layouts"],
  ];
  const facts = { layout, lost: told.lost, layouts: told.layouts.join(", ") };
  return rules.filter(([holds]) => holds).map(([, text]) => t(text, facts));
}

function Table(props: { toml: string }): JSX.Element {
  const place = useRef<HTMLPreElement>(null);
  const [copied, setCopied] = useState<boolean | null>(null);
  const copy = async (): Promise<void> => {
    if (place.current) setCopied(await copyText(place.current));
  };
  return (
    <section>
      <h3>{t("setup.keep")}</h3>
      <p class="quiet">{t("setup.keep_how")}</p>
      <div class="table">
        <pre ref={place} class="code" tabIndex={0} aria-label={t("setup.table")}>
          {props.toml}
        </pre>
        <button type="button" onClick={() => void copy()}>
          {copied ? t("setup.copied") : t("setup.copy")}
        </button>
      </div>
      <p role="status" class="quiet small">
        {copied === false ? t("setup.copy_by_hand") : ""}
      </p>
    </section>
  );
}

function Told(props: { told: ScannerLearned; isNews: boolean }): JSX.Element {
  const { told, isNews } = props;
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (isNews) place.current?.scrollIntoView({ block: "nearest" });
  }, [isNews]);
  const advice = adviseOn(told);
  const gs = tWord("gs", told.gs) + (told.gs_char ? ` ${told.gs_char}` : "");
  const facts: readonly (readonly [Text, string])[] = [
    ["setup.layout", told.layout],
    ["setup.terminator", tWord("terminator", told.terminator)],
    ["setup.gs", gs],
    ["setup.case", tWord("case", told.case)],
  ];
  return (
    <div ref={place} class="told">
      <p class="outcome is-good" role="status">
        <strong>{t("setup.learned")}</strong> {t("setup.in_use")}
      </p>
      <dl class="tiles">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{t(name)}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {advice.length ? (
        <section>
          <h3>{t("setup.advice")}</h3>
          <ul class="advice">
            {advice.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        </section>
      ) : null}
      <Table toml={told.toml} />
    </div>
  );
}

function Dialog(props: { device: string }): JSX.Element {
  const { device } = props;
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => box.current?.showModal(), []);
  const told = learned.value.get(device);
  const first = useRef(told);
  const close = (): void => {
    setup.value = null;
  };
  return (
    <dialog ref={box} class="setup" aria-labelledby="setup-title" onClose={close}>
      <header>
        <h2 id="setup-title">
          {t("setup.title")}
          <span class="code">
            {sayKind("keyboard_scanner")} · {device}
          </span>
        </h2>
        <button type="button" class="plain" onClick={close}>
          {t("setup.close")}
        </button>
      </header>
      <div class="body">
        <p class="why">{t("setup.why")}</p>
        <Code />
        <div class="ways">
          <Print />
          <Scan device={device} />
        </div>
        {told ? <Told key={told.toml} told={told} isNews={told !== first.current} /> : null}
      </div>
    </dialog>
  );
}

/** The setup that is open, if any. */
export function Setup(): JSX.Element | null {
  const device = setup.value;
  return device === null ? null : <Dialog key={device} device={device} />;
}
