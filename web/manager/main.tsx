/** The manager page: all stores at a glance, served by the hub. */
import { render } from "preact";
import "../shared/page.css";
import "./manager.css";
import "./sheets.css";
import { Chain } from "./Chain.tsx";
import { follow } from "./state.ts";

const page = document.getElementById("page");
if (page) render(<Chain />, page);
follow();
