import { page } from "../pages.ts";

export default page("manager", "../hub/api/pages/");
