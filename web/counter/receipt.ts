/** The picture of the last receipt, fetched with the token and shown from memory. */
import { useEffect, useRef, useState } from "preact/hooks";
import { fetchFile } from "../shared/api.ts";

// A replay at full pace closes many sales a second; a person can look at one.
const PACE_MS = 900;

export interface Picture {
  number: string;
  url: string;
}

/** The picture of receipt `number`; the one before stays until the new one is here. */
export function useReceipt(number: string | null): Picture | null {
  const [picture, setPicture] = useState<Picture | null>(null);
  const wanted = useRef<string | null>(null);
  const running = useRef(false);
  useEffect(() => {
    wanted.current = number;
    if (running.current) return;
    running.current = true;
    const run = async (): Promise<void> => {
      let shown: string | null = null;
      while (wanted.current && wanted.current !== shown) {
        shown = wanted.current;
        const url = await fetchFile(`/v1/receipts/${encodeURIComponent(shown)}.png`).catch(
          () => null,
        );
        const fresh = url ? { number: shown, url } : null;
        if (fresh) setPicture(fresh);
        await new Promise((go) => setTimeout(go, PACE_MS));
      }
      running.current = false;
    };
    void run();
  }, [number]);
  useEffect(() => (picture ? () => URL.revokeObjectURL(picture.url) : undefined), [picture]);
  return picture;
}
