// The minutes of a meeting, kept while one types; the button below them does the same without this.

import { keep } from "./keeping.js";

keep(document.getElementById("minutes-form"), document.getElementById("kept"));
