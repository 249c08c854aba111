/** What a person can do with a device; each act is one request, its result stays with the device. */
import { effect, signal, untracked } from "@preact/signals";
import { fetchFile, Problem, send } from "../shared/api.ts";
import type { DeviceHealth, LeaseGiven, PrintView } from "../shared/wire.ts";
import { learnFromScan } from "./setup.ts";
import { devices, fetchLeases, fetchPapers, taken } from "./state.ts";

export type ActName =
  | "internal"
  | "external"
  | "interactive"
  | "watch"
  | "zero"
  | "tare"
  | "tare_clear"
  | "drawer"
  | "flight"
  | "learn"
  | "take"
  | "give_back";

/** What came of the last act on a device: words of the box, or the code of a refusal. */
export interface Result {
  act: ActName;
  ok: boolean;
  text: string;
  code: string;
  /** Whether the device worked when this came; a failure is over once it works again. */
  wasWell: boolean;
}

type Came = Omit<Result, "act" | "wasWell">;

const WATCH_EVERY_MS = 700;
const WATCH_MAX_N = 120; // a scale that is watched for ever is asked for ever
const LEASE_TTL_S = 30;
const HOLDER_KEPT = "storeline.holder";

export const results = signal<ReadonlyMap<string, Result>>(new Map());
/** The act under way for each device. */
export const running = signal<ReadonlyMap<string, ActName>>(new Map());
/** The leases of this page, by device. */
export const held = signal<ReadonlyMap<string, LeaseGiven>>(new Map());
export const paperProblem = signal<Problem | null>(null);

const watched = new Set<string>();

/** The name under which this tab leases devices. */
export function holder(): string {
  const kept = sessionStorage.getItem(HOLDER_KEPT);
  if (kept) return kept;
  const bytes = crypto.getRandomValues(new Uint8Array(3));
  const name = `page:${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  sessionStorage.setItem(HOLDER_KEPT, name);
  return name;
}

const place = (device: string): string => `/v1/devices/${encodeURIComponent(device)}`;

function keep(device: string, result: Omit<Result, "wasWell">): void {
  const wasWell = devices.value?.get(device)?.state === "ready";
  results.value = new Map(results.value).set(device, { ...result, wasWell });
}

function mark(device: string, act: ActName | null): void {
  const next = new Map(running.value);
  if (act) next.set(device, act);
  else next.delete(device);
  running.value = next;
}

/** The field that proves this page's lease, if it has one. */
function proof(device: string): { lease_token?: number } {
  const lease = held.value.get(device);
  return lease ? { lease_token: lease.token } : {};
}

async function check(device: string, level: DeviceHealth["level"]): Promise<Came> {
  const body = { level, ...proof(device) };
  const said = await send<DeviceHealth>("POST", `${place(device)}/health`, body);
  return { ok: said.ok, text: said.text, code: said.code };
}

async function order(device: string, path: string, body: object): Promise<Came> {
  await send<unknown>("POST", `${place(device)}/${path}`, { ...body, ...proof(device) });
  return { ok: true, text: "", code: "" };
}

const WAYS: Record<ActName, (device: string) => Promise<Came>> = {
  internal: (device) => check(device, "internal"),
  external: (device) => check(device, "external"),
  interactive: (device) => check(device, "interactive"),
  watch: (device) => check(device, "external"),
  zero: (device) => order(device, "zero", {}),
  tare: (device) => order(device, "tare", { weight_g: null }),
  tare_clear: (device) => order(device, "tare", { weight_g: 0 }),
  drawer: (device) => order(device, "drawer", {}),
  flight: exportFlight,
  learn: (device) => learnFromScan(device, proof(device)),
  take: takeOver,
  give_back: giveBack,
};

/** Do `name` with `device`; what comes of it is in `results`. */
export async function act(device: string, name: ActName): Promise<void> {
  if (running.value.has(device)) return;
  mark(device, name);
  try {
    keep(device, { act: name, ...(await WAYS[name](device)) });
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    keep(device, { act: name, ok: false, text: problem.message, code: problem.code });
    if (problem.code === "lease_stale") forget(device);
  } finally {
    mark(device, null);
  }
}

/** Whether the weight of this scale is being read again and again. */
export const watching = signal<ReadonlySet<string>>(new Set());

/** Read the weight again and again until told to stop, the scale refuses, or it was long enough. */
export async function watch(device: string): Promise<void> {
  if (watched.delete(device)) {
    watching.value = new Set(watched);
    return;
  }
  watched.add(device);
  watching.value = new Set(watched);
  for (let read_n = 0; read_n < WATCH_MAX_N && watched.has(device); read_n += 1) {
    await act(device, "watch");
    if (results.value.get(device)?.code) break;
    await new Promise((go) => setTimeout(go, WATCH_EVERY_MS));
  }
  watched.delete(device);
  watching.value = new Set(watched);
}

async function exportFlight(device: string): Promise<Came> {
  const url = await fetchFile(`${place(device)}/flight`);
  const link = document.createElement("a");
  link.href = url;
  link.download = `${device}-recording.txt`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
  return { ok: true, text: link.download, code: "" };
}

async function takeOver(device: string): Promise<Came> {
  const body = { holder: holder(), ttl_s: LEASE_TTL_S, take_over: true };
  const lease = await send<LeaseGiven>("POST", `${place(device)}/lease`, body);
  held.value = new Map(held.value).set(device, lease);
  void fetchLeases();
  void renew(device, lease.token);
  return { ok: true, text: "", code: "" };
}

/** Hear at once when somebody takes a device from this page. */
effect(() => {
  const news = taken.value;
  if (news?.former === holder() && held.peek().has(news.device)) {
    untracked(() => lose(news.device, new Problem("lease_stale", "", 409)));
  }
});

function lose(device: string, problem: Problem): void {
  forget(device);
  keep(device, { act: "take", ok: false, text: problem.message, code: problem.code });
}

/** Prolong a lease while this page is open and has it. */
async function renew(device: string, token: number): Promise<void> {
  for (;;) {
    await new Promise((go) => setTimeout(go, (LEASE_TTL_S * 1000) / 3));
    if (held.value.get(device)?.token !== token) return;
    try {
      await send<LeaseGiven>("PUT", `${place(device)}/lease`, { token, ttl_s: LEASE_TTL_S });
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      if (problem.code === "offline") continue; // it may still be ours when the box is back
      lose(device, problem);
      return;
    }
  }
}

async function giveBack(device: string): Promise<Came> {
  const lease = held.value.get(device);
  if (lease) await send<unknown>("DELETE", `${place(device)}/lease?token=${lease.token}`);
  forget(device);
  return { ok: true, text: "", code: "" };
}

function forget(device: string): void {
  const next = new Map(held.value);
  next.delete(device);
  held.value = next;
  void fetchLeases();
}

/** Print a doubtful paper once more, marked COPY, or say that it came out. */
export async function settlePaper(paper: PrintView, way: "copy" | "drop"): Promise<void> {
  const body = way === "drop" ? { who: "page", why: "seen on the devices page" } : undefined;
  try {
    await send<unknown>("POST", `/v1/prints/${encodeURIComponent(paper.id)}/${way}`, body);
    paperProblem.value = null;
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    paperProblem.value = problem;
  }
  await fetchPapers();
}
