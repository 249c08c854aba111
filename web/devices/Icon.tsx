/** One line drawing for each category of device. */
import type { JSX } from "preact";
import type { Category } from "../shared/wire.ts";

const PATHS: Record<Category, string> = {
  Scanner: "M4 6v12M7 6v12M10.5 6v12M13 6v12M17 6v12M20 6v12M2 21h20",
  Scale: "M3 8h18l-2 12H5L3 8zM7 8V4h10v4M12 12a3 3 0 1 1-.01 0M12 15l1.5-1.5",
  POSPrinter: "M6 10V3h12v7M4 10h16v8H4v-8zM8 18v3h8v-3M8 14h8",
  LabelPrinter: "M3 7h10l8 5-8 5H3V7zM7 10.5v3M10 10.5v3",
  LineDisplay: "M2 5h20v10H2V5zM6 9h12M6 12h7M12 15v4M8 20h8",
};

export function Icon(props: { category: Category }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[props.category]} />
    </svg>
  );
}
