/** The customer's screen: what one lane rings, served by the edge. */
import { render } from "preact";
import "../shared/page.css";
import "./customer.css";
import { Customer } from "./Customer.tsx";
import { follow } from "./state.ts";

const page = document.getElementById("page");
if (page) render(<Customer />, page);
follow();
