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

function onMessage(message: LiveMessage): void {
  switch (message.type) {
    case "device":
      nextDevices.set(message.device.device, message.device);
      break;
    case "lease":
      nextLeases.set(message.lease.device, message.lease);
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
    const [well, all] = await Promise.all([
      fetchJson<EdgeHealth>("/v1/health"),
      fetchJson<{ devices: DeviceReport[] }>("/v1/devices"),
    ]);
    health.value = well;
    ahead_ms = well.at_ms - Date.now();
    nextDevices.clear();
    for (const device of all.devices) nextDevices.set(device.device, device);
    isFresh = true;
    draw();
    await Promise.all([fetchLeases(), fetchPapers()]);
  } catch (problem) {
    // The live line asks again on connect; a wrong token has brought the gate back.
    if (!(problem instanceof Problem)) throw problem;
  }
}

export async function fetchLeases(): Promise<void> {
  const all = await fetchJson<{ leases: LeaseView[] }>("/v1/leases");
  nextLeases.clear();
  for (const lease of all.leases) nextLeases.set(lease.device, lease);
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
