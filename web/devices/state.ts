/** What the devices page knows: every device, who has it, and papers somebody must look at. */
import { computed, effect, signal } from "@preact/signals";
import { fetchJson, Problem, token } from "../shared/api.ts";
import { eachFrame, listen } from "../shared/live.ts";
import type {
  Category,
  DeviceReport,
  EdgeHealth,
  LeaseView,
  LiveMessage,
  PrintView,
} from "../shared/wire.ts";

const ORDER: readonly Category[] = ["Scanner", "Scale", "POSPrinter", "LabelPrinter", "LineDisplay"];
const AGE_EVERY_MS = 10_000;
const SCANS_MAX_N = 5;

export const health = signal<EdgeHealth | null>(null);
export const devices = signal<ReadonlyMap<string, DeviceReport> | null>(null);
export const leases = signal<ReadonlyMap<string, LeaseView>>(new Map());
export const papers = signal<readonly PrintView[]>([]);
/** What leased scanners sent to this page. */
export const scans = signal<readonly { device: string; code: string }[]>([]);
/** The last take-over: whose device it was. */
export const taken = signal<{ device: string; former: string } | null>(null);
/** The time as the box has it; moves slowly, for ages only. */
export const now_ms = signal(Date.now());
export const onlyTrouble = signal(false);

/** Whether somebody must act for this device to work. */
export const isWell = (device: DeviceReport): boolean => device.state === "ready";

/** Devices in trouble first, then by what they are. */
export const sorted = computed(() =>
  [...(devices.value?.values() ?? [])].sort(
    (a, b) =>
      Number(isWell(a)) - Number(isWell(b)) ||
      ORDER.indexOf(a.category) - ORDER.indexOf(b.category) ||
      a.device.localeCompare(b.device, "en", { numeric: true }),
  ),
);

const nextDevices = new Map<string, DeviceReport>();
const nextLeases = new Map<string, LeaseView>();
let isFresh = false;
let ahead_ms = 0;

const draw = eachFrame(() => {
  if (isFresh) devices.value = new Map(nextDevices);
  leases.value = new Map(nextLeases);
  now_ms.value = Date.now() + ahead_ms;
});

/** For each question under way: the devices the live line told of since, and in which map. */
const told = new Map<Set<string>, unknown>();

/** Take up the answer to a question; what the live line told meanwhile is fresher. */
async function refresh<T extends { device: string }>(
  into: Map<string, T>,
  ask: () => Promise<T[]>,
): Promise<void> {
  const since = new Set<string>();
  told.set(since, into);
  try {
    const answer = new Map((await ask()).map((one) => [one.device, one]));
    for (const device of [...into.keys(), ...answer.keys()]) {
      const one = answer.get(device);
      if (since.has(device)) continue;
      if (one) into.set(device, one);
      else into.delete(device);
    }
  } finally {
    told.delete(since);
  }
}

function keep<T>(into: Map<string, T>, device: string, one: T): void {
  into.set(device, one);
  for (const [since, map] of told) if (map === into) since.add(device);
}

function onMessage(message: LiveMessage): void {
  switch (message.type) {
    case "device":
      keep(nextDevices, message.device.device, message.device);
      break;
    case "lease":
      keep(nextLeases, message.lease.device, message.lease);
      if (message.change === "taken_over") {
        taken.value = { device: message.lease.device, former: message.former };
      }
      break;
    case "leased_scan":
      scans.value = [message, ...scans.value].slice(0, SCANS_MAX_N);
      break;
    case "print":
      void fetchPapers();
      return;
    default:
      return;
  }
  draw();
}

async function fetchAll(): Promise<void> {
  try {
    const [well] = await Promise.all([fetchJson<EdgeHealth>("/v1/health"), fetchDevices()]);
    health.value = well;
    ahead_ms = well.at_ms - Date.now();
    isFresh = true;
    draw();
    await Promise.all([fetchLeases(), fetchPapers()]);
  } catch (problem) {
    // The live line asks again on connect; a wrong token has brought the gate back.
    if (!(problem instanceof Problem)) throw problem;
  }
}

const fetchDevices = (): Promise<void> =>
  refresh(nextDevices, async () => {
    const all = await fetchJson<{ devices: DeviceReport[] }>("/v1/devices");
    return all.devices;
  });

export async function fetchLeases(): Promise<void> {
  await refresh(nextLeases, async () => {
    const all = await fetchJson<{ leases: LeaseView[] }>("/v1/leases");
    return all.leases;
  });
  draw();
}

export async function fetchPapers(): Promise<void> {
  const all = await fetchJson<{ open: PrintView[] }>("/v1/prints?limit=1");
  papers.value = all.open.filter((paper) => paper.look);
}

/** Follow the devices for as long as the page is open. */
export function follow(): void {
  effect(() => {
    if (token.value) void fetchAll();
  });
  listen<LiveMessage>("/v1/live", {
    onFresh: () => void fetchAll(),
    onShut: () => void fetchJson("/v1/devices").catch(() => undefined),
    onMessage,
  });
  setInterval(draw, AGE_EVERY_MS);
}
