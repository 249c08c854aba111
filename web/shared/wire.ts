/** What the doors say: the JSON of the edge and the hub, with the field names of the wire. */

export interface Adjustment {
  rule: string;
  kind: string;
  reason: string;
  amount_minor: number;
  funded_by: "store" | "maker";
}

export interface LaneLine {
  line: number;
  item: string;
  name: string;
  department: string;
  unit: string;
  quantity: number;
  say_quantity: string;
  gross_minor: number;
  net_minor: number;
  /** None where another amount than the price book's made the line. */
  price_minor: number | null;
  per: number;
  weighed: boolean;
  priced_label: boolean;
  override: boolean;
  adjustments: Adjustment[];
  lot: string;
  expires_on: string;
}

/** What would still lower the price: an amount or pieces missing, or a gift to be taken. */
export interface Hint {
  rule: string;
  reason: string;
  missing_minor: number;
  missing_n: number; // pieces, or thousands of g or ml
  missing_unit: string;
  items: string[];
  gift_n: number;
  price_minor: number;
}

export interface Tender {
  kind: string;
  amount_minor: number;
  change_minor?: number;
  reference?: string;
}

export interface LaneView {
  lane: string;
  state: "shut" | "open" | "paying";
  worker: string | null;
  revision: number;
  member: string | null;
  coupons: string[];
  lines: LaneLine[];
  hints: Hint[];
  gross_minor: number;
  discount_minor: number;
  payable_minor: number;
  rounding_minor: number;
  tendered_minor: number;
  due_minor: number;
  /** What would be due if the rest were paid in cash, which is rounded down. */
  cash_due_minor: number;
  change_minor: number;
  tenders: Tender[];
  last_receipt: string | null;
  notice: { code: string; detail: string } | null;
  currency: string;
}

export interface LinkState {
  up: boolean;
  cursor: number;
  head: number;
  lag_n: number;
  detail: string;
}

/** Which piece of hardware it is; empty where that is not known. */
export interface Identity {
  maker: string;
  model: string;
  serial: string;
  firmware: string;
  path: string;
  usb: string;
}

export type Category = "Scanner" | "Scale" | "POSPrinter" | "LabelPrinter" | "LineDisplay";

/** A device now. `says` is what it told last, as a sentence, and `says_at_ms` when (0: never). */
export interface DeviceReport {
  device: string;
  kind: string;
  category: Category;
  state: "ready" | "gone";
  detail: string;
  since_ms: number;
  upos_state: "closed" | "idle" | "busy" | "error";
  power: "unknown" | "online" | "off" | "offline" | "off_offline";
  claimed: boolean;
  enabled: boolean;
  error: string;
  code: string;
  lanes: string[];
  identity: Identity;
  says: string;
  says_at_ms: number;
  statistics: Record<string, number>;
}

/** The result of one check of a device. */
export interface DeviceHealth {
  device: string;
  level: "internal" | "external" | "interactive";
  ok: boolean;
  text: string;
  took_ms: number;
  /** The box's own name of what is wrong, as far as one is known. */
  code: string;
}

/** What one scan told of a scanner; `toml` is the table that keeps it. */
export interface ScannerLearned {
  device: string;
  layout: string;
  layouts: string[];
  terminator: string;
  case: "kept" | "caps_lock" | "upper" | "lower";
  gs: "control" | "alt_code" | "character" | "missing";
  gs_char: string;
  sends_aim: boolean;
  lost: string;
  advice: string[];
  toml: string;
}

/** Who has a device; `holder` is empty when nobody does. */
export interface LeaseView {
  device: string;
  holder: string;
  until_ms: number | null;
  lanes: string[];
}

/** A lease that was given: `token` goes with every act on the device. */
export interface LeaseGiven {
  device: string;
  holder: string;
  token: number;
  until_ms: number;
}

/** A print job; `look` says that somebody must look whether it came out. */
export interface PrintView {
  id: string;
  kind: string;
  title: string;
  number: string;
  lane: string;
  state: string;
  copy: boolean;
  wanted: string;
  used: string;
  look: boolean;
  why: string;
  queued_ms: number;
  ended_ms: number;
}

export interface EdgeHealth {
  status: string;
  store: string;
  software: string;
  head_seq: number;
  lanes_n: number;
  book: string | null;
  at_ms: number;
  link: LinkState;
  shop: ShopView;
}

/** What a customer may read of the shop; an empty text stands for the page's own words. */
export interface ShopView {
  name: string;
  language: "en" | "zh";
  greeting: string;
  thanks: string;
}

export interface ItemView {
  item: string;
  name: string;
  price_minor: number;
  unit: string;
  per: number;
  codes: string[];
}

export type LiveMessage =
  | { type: "lane"; lane: LaneView }
  | { type: "scan"; lane: string; code: string; outcome: string; detail: string; problem: string | null }
  | { type: "device"; device: DeviceReport }
  | { type: "lease"; lease: LeaseView; change: string; former: string }
  | { type: "leased_scan"; device: string; holder: string; code: string; at_ms: number }
  | { type: "print"; print: PrintView }
  | { type: "link"; link: LinkState }
  | { type: "sale"; number: string; payable_minor: number; lane: string; at_ms: number }
  | { type: "printed"; number: string };

export interface SoldLine {
  line: number;
  item: string;
  name: string;
  department: string;
  unit: string;
  quantity: number;
  gross_minor: number;
  net_minor: number;
  adjustments?: Adjustment[];
  weighing?: object | null;
  override?: { reason: string; approved_by: string } | null;
}

export interface Sale {
  number: string;
  kind: "sale" | "refund";
  sale_number: string | null;
  lane: string;
  worker: string;
  at_ms: number;
  business_day: string;
  seq: number;
  lines: SoldLine[];
  tenders: Tender[];
  gross_minor: number;
  discount_minor: number;
  payable_minor: number;
  rounding_minor: number;
  member: string | null;
  currency?: string;
  store?: string;
}

export interface StoreView {
  store: string;
  currency: string;
  zone: string;
  software: string;
  epoch: number;
  seq: number;
  chain_head: string;
  last_seen_ms: number | null;
  last_event_ms: number | null;
  lag_ms: number | null;
  link_up: boolean;
  book: { version: string; hash: string; applied_ms: number } | null;
  today: { business_day: string; sales_n: number; net_minor: number } | null;
}

export interface StoresReply {
  stores: StoreView[];
  at_ms: number;
}

export interface TakingsRow {
  store: string;
  key: string;
  sales_n: number;
  refunds_n: number;
  lines_n: number;
  pieces: number;
  weight_g: number;
  gross_minor: number;
  discount_minor: number;
  net_minor: number;
}

export interface TakingsReply {
  rows: TakingsRow[];
  currency: string;
}

export interface StockRow {
  store: string;
  item: string;
  name: string;
  unit: string;
  on_hand: number;
  as_of_ms: number;
  age_ms: number;
}

export interface SaleRow {
  number: string;
  store: string;
  lane: string;
  at_ms: number;
  business_day: string;
  payable_minor: number;
  lines_n: number;
  kind: "sale" | "refund";
}

export interface EventRow {
  seq: number;
  epoch: number;
  kind: string;
  at_ms: number | null;
  lane: string;
  worker: string;
  hash: string;
  raw_hex: string;
  body: unknown;
}

export interface Page<Row> {
  rows: Row[];
  next: string | number | null;
}
