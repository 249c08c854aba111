/** The way to the daemon's door: JSON over HTTP with the bearer token from the page's address. */
import { signal } from "@preact/signals";

const KEPT = "storeline.token";
const WAIT_MS = 15_000;
const TRIES_N = 3;

/** What the door said no to: an RFC 9457 problem, or code "offline" where nobody answered. */
export class Problem extends Error {
  readonly code: string;
  readonly status: number;
  /** What else the problem document says, such as the item a refusal is about. */
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(code: string, detail: string, status: number, facts = {}) {
    super(detail);
    this.code = code;
    this.status = status;
    this.facts = facts;
  }
}

/** The fragment is never sent to a server and is taken out of the address at once. */
function firstToken(): string | null {
  const found = new URLSearchParams(location.hash.slice(1)).get("token");
  if (found) {
    sessionStorage.setItem(KEPT, found);
    history.replaceState(null, "", location.pathname + location.search);
  }
  return found ?? sessionStorage.getItem(KEPT);
}

export const token = signal<string | null>(firstToken());

/** Keep `next` for this tab, or forget the token. */
export function keepToken(next: string | null): void {
  if (next) sessionStorage.setItem(KEPT, next);
  else sessionStorage.removeItem(KEPT);
  token.value = next;
}

// crypto.randomUUID is missing on plain http in a LAN; random bytes are not.
function freshKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function problemOf(reply: Response): Promise<Problem> {
  if (reply.status === 401) keepToken(null);
  const body = (await reply.json().catch(() => ({}))) as { code?: string; detail?: string };
  return new Problem(body.code ?? `http_${reply.status}`, body.detail ?? "", reply.status, body);
}

/** How long an answer may take, and how often to ask when nobody answers. */
export interface Patience {
  wait_ms: number;
  tries_n: number;
}

const USUAL: Patience = { wait_ms: WAIT_MS, tries_n: TRIES_N };

async function ask(path: string, init: RequestInit, wait_ms = WAIT_MS): Promise<Response> {
  const headers = new Headers(init.headers);
  if (token.value) headers.set("Authorization", `Bearer ${token.value}`);
  try {
    return await fetch(path, { ...init, headers, signal: AbortSignal.timeout(wait_ms) });
  } catch {
    throw new Problem("offline", "", 0);
  }
}

async function answered(reply: Response): Promise<Response> {
  if (!reply.ok) throw await problemOf(reply);
  return reply;
}

/** The JSON at `path`. Throws `Problem`. */
export async function fetchJson<T>(path: string): Promise<T> {
  const reply = await answered(await ask(path, { method: "GET" }));
  return (await reply.json()) as T;
}

/** The file at `path` as an object URL that the caller revokes. Throws `Problem`. */
export async function fetchFile(path: string): Promise<string> {
  const reply = await answered(await ask(path, { method: "GET" }));
  return URL.createObjectURL(await reply.blob());
}

/**
 * Ask the shop to do something. The same `Idempotency-Key` goes with every try, so an answer lost
 * on the way never makes the act happen twice. Throws `Problem`.
 */
export async function send<T>(
  method: string,
  path: string,
  body?: object,
  { wait_ms, tries_n } = USUAL,
): Promise<T> {
  const headers: Record<string, string> = { "Idempotency-Key": freshKey() };
  if (body) headers["Content-Type"] = "application/json";
  const init: RequestInit = { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) };
  for (let tried_n = 1; ; tried_n += 1) {
    try {
      const reply = await answered(await ask(path, init, wait_ms));
      const text = await reply.text();
      return (text ? JSON.parse(text) : null) as T;
    } catch (problem) {
      const lost = problem instanceof Problem && problem.code === "offline";
      if (!lost || tried_n >= tries_n) throw problem;
      await new Promise((go) => setTimeout(go, 250 * tried_n));
    }
  }
}
