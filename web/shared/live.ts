/** The live line to the daemon: one WebSocket that comes back by itself. */
import { signal } from "@preact/signals";
import { token } from "./api.ts";

const FIRST_WAIT_MS = 300;
const LONGEST_WAIT_MS = 5000;

/** Whether the page hears the daemon right now. */
export const hearing = signal(false);

interface Ear<Message> {
  onFresh(): void;
  /** The door did not open: the box is away, or the token is wrong. */
  onShut(): void;
  onMessage(message: Message): void;
}

/** Listen at `path` for ever; `onFresh` comes before the full state that follows each connect. */
export function listen<Message>(path: string, ear: Ear<Message>): void {
  let wait_ms = FIRST_WAIT_MS;
  const connect = (): void => {
    if (!token.value) {
      setTimeout(connect, FIRST_WAIT_MS);
      return;
    }
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const protocols = ["storeline", `bearer.${token.value}`];
    let opened = false;
    const socket = new WebSocket(`${scheme}://${location.host}${path}`, protocols);
    socket.onopen = () => {
      wait_ms = FIRST_WAIT_MS;
      opened = true;
      ear.onFresh();
      hearing.value = true;
    };
    socket.onmessage = (event: MessageEvent<string>) => {
      ear.onMessage(JSON.parse(event.data) as Message);
    };
    socket.onclose = () => {
      hearing.value = false;
      if (!opened) ear.onShut();
      setTimeout(connect, wait_ms);
      wait_ms = Math.min(wait_ms * 2, LONGEST_WAIT_MS);
    };
  };
  connect();
}

/** `draw` at the next frame, once for any number of calls; a hidden page draws slowly. */
export function eachFrame(draw: () => void): () => void {
  let waiting = false;
  const now = (): void => {
    waiting = false;
    draw();
  };
  return () => {
    if (waiting) return;
    waiting = true;
    if (document.hidden) setTimeout(now, 500);
    else requestAnimationFrame(now);
  };
}
