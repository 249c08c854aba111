/** The devices page: everything with a cable, served by the edge. */
import { render } from "preact";
import "../shared/page.css";
import "./devices.css";
import "./setup.css";
import { Devices } from "./Devices.tsx";
import { follow } from "./state.ts";

const page = document.getElementById("page");
if (page) render(<Devices />, page);
follow();
