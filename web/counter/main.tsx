/** The counter page: one lane of a store, served by the edge. */
import { render } from "preact";
import "../shared/page.css";
import "./counter.css";
import "./basket.css";
import "./narrow.css";
import { Counter } from "./Counter.tsx";
import { follow } from "./state.ts";

const page = document.getElementById("page");
if (page) render(<Counter />, page);
follow();
