/** What the counter page knows: the live state of the box, drawn once a frame at most. */
import { computed, effect, signal } from "@preact/signals";
import { fetchJson, Problem, send, token } from "../shared/api.ts";
import { eachFrame, listen } from "../shared/live.ts";
import type { DeviceReport, EdgeHealth, LaneView, LinkState, LiveMessage } from "../shared/wire.ts";

export interface Notice {
  code: string;
  detail: string;
}

/** The sale that was closed last on the chosen lane, for the moment between two customers. */
export interface Closed {
  number: string;
  payable_minor: number;
  change_minor: number;
}

export const lanes = signal<ReadonlyMap<string, LaneView>>(new Map());
export const devices = signal<ReadonlyMap<string, DeviceReport>>(new Map());
export const link = signal<LinkState | null>(null);
export const health = signal<EdgeHealth | null>(null);
export const busy = signal(false);
export const notice = signal<Notice | null>(null);
export const closed = signal<Closed | null>(null);
/** An item without a price of its own that was scanned: the page asks for its amount. */
export const amountFor = signal<{ item: string; detail: string } | null>(null);
export const printed = signal<string | null>(null);
export const chosen = signal(new URLSearchParams(location.search).get("lane") ?? "1");

export const lane = computed(() => lanes.value.get(chosen.value) ?? null);

// Messages change these at once; `draw` shows them, so a fast replay costs one drawing a frame.
let nextLanes = new Map<string, LaneView>();
let nextDevices = new Map<string, DeviceReport>();
let nextLink: LinkState | null = null;
let nextNotice: Notice | null = null;

const draw = eachFrame(() => {
  lanes.value = new Map(nextLanes);
  devices.value = new Map(nextDevices);
  link.value = nextLink;
  notice.value = nextNotice;
});

function keepLane(view: LaneView): void {
  const before = nextLanes.get(view.lane);
  nextLanes.set(view.lane, view);
  const said = view.notice;
  if (view.lane !== chosen.value) return;
  if (said && said.detail !== before?.notice?.detail) nextNotice = said;
  if (!said && before?.notice) nextNotice = null;
}

function onMessage(message: LiveMessage): void {
  switch (message.type) {
    case "lane":
      keepLane(message.lane);
      break;
    case "scan":
      if (message.lane !== chosen.value) return;
      nextNotice = message.problem ? { code: message.problem, detail: message.detail } : null;
      break;
    case "device":
      nextDevices.set(message.device.device, message.device);
      break;
    case "link":
      nextLink = message.link;
      break;
    case "sale":
      if (message.lane !== chosen.value || closed.value?.number === message.number) return;
      closed.value = {
        number: message.number,
        payable_minor: message.payable_minor,
        change_minor: 0,
      };
      return;
    case "printed":
      printed.value = message.number;
      return;
  }
  draw();
}

/** Follow the box for as long as the page is open. */
export function follow(): void {
  effect(() => {
    if (token.value) void fetchHealth();
  });
  listen<LiveMessage>("/v1/live", {
    onFresh: () => {
      nextLanes = new Map();
      nextDevices = new Map();
      void fetchHealth();
    },
    // A browser does not say why a WebSocket was refused; a plain question does, and a 401
    // brings the gate back.
    onShut: () => void fetchJson("/v1/lanes").catch(() => undefined),
    onMessage,
  });
}

async function fetchHealth(): Promise<void> {
  try {
    health.value = await fetchJson<EdgeHealth>("/v1/health");
    nextLink ??= health.value.link;
    draw();
  } catch {
    // The header shows the store's name a little later: the live line asks again on connect.
  }
}

export function dismiss(): void {
  nextNotice = null;
  draw();
}

/** Go to another lane without loading the page again. */
export function choose(name: string): void {
  chosen.value = name;
  closed.value = null;
  const search = new URLSearchParams(location.search);
  search.set("lane", name);
  history.replaceState(null, "", `${location.pathname}?${search.toString()}`);
  dismiss();
}

/** Ask the box for an act on the chosen lane; a refusal becomes the notice. Null when refused. */
export async function act<T>(method: string, path: string, body?: object): Promise<T | null> {
  busy.value = true;
  try {
    const reply = await send<T>(method, `/v1/lanes/${encodeURIComponent(chosen.value)}${path}`, body);
    nextNotice = null;
    if (isLane(reply) && isNewer(reply)) keepLane(reply);
    return reply;
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    refuse(problem);
    return null;
  } finally {
    busy.value = false;
    draw();
  }
}

function refuse(problem: Problem): void {
  const item = problem.facts["item"];
  if (problem.code === "amount_needed" && typeof item === "string") {
    amountFor.value = { item, detail: problem.message };
    nextNotice = null;
    return;
  }
  nextNotice = { code: problem.code, detail: problem.message };
}

function isLane(reply: unknown): reply is LaneView {
  return typeof reply === "object" && reply !== null && "lane" in reply && "revision" in reply;
}

// The live line is in order; an answer may arrive after a later message of the same lane.
function isNewer(view: LaneView): boolean {
  return view.revision >= (nextLanes.get(view.lane)?.revision ?? 0);
}
