/** Setting a scanner in keyboard mode up by one scan: the code to scan, and what the scan told. */
import { signal } from "@preact/signals";
import { fetchJson, Problem, send } from "../shared/api.ts";
import type { PrintView, ScannerLearned } from "../shared/wire.ts";

export const LISTEN_S = 30;
const ANSWER_S = 10; // on top, for the way there and back

/** The scanner whose setup is open. */
export const setup = signal<string | null>(null);
/** The calibration barcode: 1 for a module of ink. */
export const bars = signal("");
/** What the last good scan of each scanner told. */
export const learned = signal<ReadonlyMap<string, ScannerLearned>>(new Map());
/** When the box stops listening, by this machine's clock that only goes on. */
export const until_ms = signal(0);
/** The printer that prints the code, or why it does not. */
export const printed = signal<{ printer: string; problem: Problem | null } | null>(null);
/** Why the code cannot be shown. */
export const unseen = signal<Problem | null>(null);

/** Open the setup of a scanner; what it learned while this page is open is still shown. */
export function openSetup(device: string): void {
  printed.value = null;
  setup.value = device;
  if (!bars.value) void fetchBars();
}

async function fetchBars(): Promise<void> {
  try {
    bars.value = (await fetchJson<{ bars: string }>("/v1/calibration")).bars;
    unseen.value = null;
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    unseen.value = problem;
  }
}

function forget(device: string): void {
  const next = new Map(learned.value);
  next.delete(device);
  learned.value = next;
}

/** Let the box learn from the next scan. Throws `Problem`. */
export async function learnFromScan(
  device: string,
  proof: object,
): Promise<{ ok: boolean; text: string; code: string }> {
  forget(device);
  until_ms.value = performance.now() + LISTEN_S * 1000;
  const told = await send<ScannerLearned>(
    "POST",
    `/v1/devices/${encodeURIComponent(device)}/learn`,
    { wait_s: LISTEN_S, ...proof },
    // A second try would find the box still listening for the first.
    { wait_ms: (LISTEN_S + ANSWER_S) * 1000, tries_n: 1 },
  );
  learned.value = new Map(learned.value).set(device, told);
  return { ok: true, text: "", code: "" };
}

/** Print the calibration barcode. */
export async function printCode(printer: string): Promise<void> {
  try {
    await send<PrintView>("POST", "/v1/papers/calibration/print", { printer });
    printed.value = { printer, problem: null };
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    printed.value = { printer, problem };
  }
}

/**
 * Put the text of `place` into the clipboard; false where the browser lets nobody. A page that came
 * over plain HTTP has only the old way, which copies what is selected.
 */
export async function copyText(place: HTMLElement): Promise<boolean> {
  const selection = getSelection();
  selection?.selectAllChildren(place);
  if (!isSecureContext) return document.execCommand("copy");
  try {
    await navigator.clipboard.writeText(place.textContent ?? "");
    return true;
  } catch {
    return document.execCommand("copy");
  }
}
