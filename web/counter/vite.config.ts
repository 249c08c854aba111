import { page } from "../pages.ts";

export default page("counter", "../edge/api/pages/");
