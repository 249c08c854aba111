import { pages } from "../pages.ts";

export default pages("manager", ["index.html"], "../hub/api/pages/");
