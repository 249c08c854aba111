import { pages } from "../pages.ts";

const NAMES = ["index.html", "customer.html", "devices.html"];

export default pages("box", NAMES, "../edge/api/pages/");
